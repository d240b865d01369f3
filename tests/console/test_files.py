"""Photos and documents in the console: for those whose case it is, as harmless bytes, and every look noted."""

from __future__ import annotations

import aiohttp
import pytest
from sqlalchemy import select

from core.staff import Role
from core.storage.models import Case, Conversation
from core.storage.staff_models import Attachment, AuditEntry
from tests.console.conftest import OTHER_WARD, WARD
from tests.console.office import Answer, Desk, Office
from tests.services.files import document, photo, screenshot

_CODE = "ABCD-2345"
_FILES = f"/canbo/ho-so/{_CODE}/tep"
_HOSTILE = "'><script>alert(1)<b><img src=x onerror=alert(1)>.png"


@pytest.fixture
async def with_case(office: Office) -> Office:
    """A case of a ward, and staff of this ward, of another one, and of the whole city."""
    async with office.database.session.begin() as session:
        conversation = Conversation(channel="thu", account="bot", chat_id="1", dialogue=[])
        session.add(conversation)
        await session.flush()
        session.add(Case(code=_CODE, conversation_id=conversation.id, reason="asked", ward=WARD))
    await office.hire("gan", Role.STAFF, WARD)
    await office.hire("xa", Role.STAFF, OTHER_WARD)
    await office.hire("ca.thanh.pho", Role.LEAD)
    return office


async def _send(desk: Desk, data: bytes, name: str = "ảnh.png", field: str = "tep", path: str = _FILES) -> Answer:
    form = aiohttp.FormData(quote_fields=False)  # as browsers write names
    form.add_field(field, data, filename=name, content_type="image/png")
    csrf = (await desk.get("/canbo/ca-nhan")).csrf
    headers = {"Origin": desk.address, "X-CSRF-Token": csrf, "HX-Request": "true"}
    return await desk.ask("POST", path, data=form, headers=headers)


async def _kept(office: Office) -> list[Attachment]:
    async with office.database.session() as session:
        return list(await session.scalars(select(Attachment).order_by(Attachment.id)))


async def test_file_is_added_seen_and_noted(with_case: Office) -> None:
    """By staff of the ward; each look is in the audit log."""
    async with with_case.desk("gan") as desk:
        answer = await _send(desk, photo(), "giấy khai sinh.jpg")
        assert (answer.status, "giấy khai sinh.jpg" in answer.text) == (200, True)
        kept = (await _kept(with_case))[0]
        path = f"/canbo/tep/{kept.id}"
        assert path in (await desk.get(_FILES)).text
        shown = await desk.ask("GET", path)
        assert (shown.status, shown.headers["Content-Type"]) == (200, "image/jpeg")
        assert kept.sent_by == "gan"
    async with with_case.database.session() as session:
        noted = [(entry.actor, entry.action) for entry in await session.scalars(select(AuditEntry).order_by(AuditEntry.id))]
    assert noted[-2:] == [("gan", "file.add"), ("gan", "file.view")]


async def test_file_of_another_ward_does_not_exist(with_case: Office) -> None:
    """By any address, to see and to add; for those of the whole city it does."""
    async with with_case.desk("gan") as desk:
        await _send(desk, screenshot())
    path = f"/canbo/tep/{(await _kept(with_case))[0].id}"
    async with with_case.desk("xa") as desk:
        for wanted in (path, _FILES, "/canbo/tep/999999"):
            assert (await desk.get(wanted)).status == 404, wanted
        assert (await _send(desk, screenshot())).status == 404
    async with with_case.desk("ca.thanh.pho") as desk:
        assert (await desk.get(path)).status == 200
    async with with_case.desk() as desk:
        assert (await desk.get(path)).to.startswith("/canbo/dang-nhap")
    assert len(await _kept(with_case)) == 1


async def test_file_can_do_nothing_when_opened(with_case: Office) -> None:
    """Its type is fixed, nothing guesses another, and a document is saved, not shown."""
    async with with_case.desk("gan") as desk:
        await _send(desk, screenshot())
        await _send(desk, document(), "đơn đề nghị; x.pdf")
        picture, paper = [await desk.ask("GET", f"/canbo/tep/{kept.id}") for kept in await _kept(with_case)]
    for answer in (picture, paper):
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
        assert (answer.headers["X-Content-Type-Options"], answer.headers["Cache-Control"]) == ("nosniff", "no-store")
    assert picture.headers["Content-Disposition"].startswith("inline; filename*=UTF-8''")
    assert paper.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''%C4%91")
    assert paper.headers["Content-Type"] == "application/pdf"


async def test_hostile_name_is_shown_as_text(with_case: Office) -> None:
    """In the list and in the header."""
    async with with_case.desk("gan") as desk:
        page = (await _send(desk, screenshot(), _HOSTILE)).text
        kept = (await _kept(with_case))[0]
        shown = await desk.ask("GET", f"/canbo/tep/{kept.id}")
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;" in page
    assert "<" not in shown.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "rỗng"),
        (b"<svg onload=alert(1)>", "Chỉ nhận ảnh"),
        (b"MZ" * 999, "Chỉ nhận ảnh"),
        (b"x" * 1_000_001, "lớn quá 1 MB"),
    ],
    ids=["empty", "svg", "program", "large"],
)
async def test_what_cannot_be_kept_is_said(with_case: Office, data: bytes, told: str) -> None:
    """Whatever it claims to be; nothing is stored."""
    async with with_case.desk("gan") as desk:
        answer = await _send(desk, data)
        assert (answer.status, told in answer.text) == (422, True)
        assert (await _send(desk, screenshot(), field="khac")).status == 422
    assert await _kept(with_case) == []


async def test_flood_is_not_read_to_its_end(with_case: Office) -> None:
    """A body without end takes no more memory than a file may have."""
    sent = 0

    async def endless() -> object:
        nonlocal sent
        yield b'--b\r\nContent-Disposition: form-data; name="tep"; filename="a.png"\r\n\r\n'
        while sent < 200_000_000:
            sent += 65536
            yield b"x" * 65536

    async with with_case.desk("gan") as desk:
        csrf = (await desk.get("/canbo/ca-nhan")).csrf
        headers = {"Origin": desk.address, "X-CSRF-Token": csrf, "Content-Type": "multipart/form-data; boundary=b"}
        try:
            answer = await desk.ask("POST", _FILES, data=endless(), headers=headers)
            assert answer.status == 422
        except (TimeoutError, aiohttp.ClientError):
            pass  # the server closed the connection over it
    assert sent < 200_000_000
    assert await _kept(with_case) == []


async def test_body_that_is_no_form_is_refused(with_case: Office) -> None:
    """Politely, whatever it is."""
    async with with_case.desk("gan") as desk:
        csrf = (await desk.get("/canbo/ca-nhan")).csrf
        for kind in ("image/png", "multipart/form-data", "multipart/form-data; boundary=x", "multipart/mixed; boundary=x"):
            headers = {"Origin": desk.address, "X-CSRF-Token": csrf, "Content-Type": kind}
            answer = await desk.ask("POST", _FILES, data=b"rubbish\r\n", headers=headers)
            assert answer.status in {400, 415, 422}, kind
