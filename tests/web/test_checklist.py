"""The printable sheet of a guide: as a page, on paper, and as PDF."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Iterator
from html import unescape

import pypdfium2
import pytest
import pytest_asyncio
from playwright.sync_api import Browser, Page

from bot.agent import Brain
from core import texts
from core.checklist import checklist_of, has_checklist
from core.guides import Section
from core.knowledge import Knowledge
from tests.web.citizen import Citizen, answering
from tests.web.live import LiveServer
from tests.web.visit import DESKTOP, PHONE, Visit

_PUBLIC = "https://troly.hue.gov.vn"
_GUIDE = "dang_ky_ket_hon"
_PATH = f"/huong-dan/{_GUIDE}/in"


@pytest_asyncio.fixture
async def reader(brain: Brain, sqlite_url: str) -> AsyncIterator[Citizen]:
    """A browser at a server that knows its public address."""
    async with answering(brain, sqlite_url, public_url=_PUBLIC) as product, Citizen(product) as started:
        yield started


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def sheet(request: pytest.FixtureRequest, browser: Browser, server: LiveServer) -> Iterator[Visit]:
    """A citizen who opened the sheet."""
    with Visit.to(server, browser, request.param) as visit:
        visit.page.goto(server.address + _PATH)
        yield visit


def _text(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    pages = [document[n].get_textpage().get_text_range() for n in range(len(document))]
    return " ".join(" ".join(pages).split())


async def test_the_page_needs_no_cookie_and_sets_none(reader: Citizen) -> None:
    """It is for everybody, and knows nobody."""
    async with reader.http.get(_PATH) as response:
        body = await response.text()
    assert response.status == 200
    assert response.content_type == "text/html"
    assert "Set-Cookie" not in response.headers
    assert f"{_PUBLIC}{_PATH}" in body
    assert "<svg" in body


async def test_what_has_no_sheet_is_not_found(reader: Citizen) -> None:
    """Unknown guides, odd addresses."""
    for path in ("/huong-dan/khong_co/in", "/huong-dan/khong_co/in.pdf", "/huong-dan/../in", "/huong-dan/A/in", f"{_PATH}.exe"):
        async with reader.http.get(path) as response:
            assert response.status == 404, path


async def test_the_pdf_is_read_back_word_for_word(reader: Citizen, knowledge: Knowledge) -> None:
    """Every box, every accent, the address; in one document with its language and title."""
    async with reader.http.get(f"{_PATH}.pdf") as response:
        pdf = await response.read()
    assert response.content_type == "application/pdf"
    text = _text(pdf)
    listed = checklist_of(knowledge.guides[_GUIDE])
    for item in (*listed.documents, *listed.steps):
        assert item.text in text
        assert item.note in text
    assert f"{_PUBLIC}{_PATH}" in text
    assert pypdfium2.PdfDocument(pdf).get_metadata_value("Title") == listed.title
    async with reader.http.get(f"{_PATH}.pdf") as again:
        assert await again.read() == pdf


async def test_a_sheet_is_for_the_citizens_own_case(reader: Citizen, knowledge: Knowledge) -> None:
    """As its address says; without, or with a case that is none, all cases stand there, each named."""
    guide = next(guide for guide in knowledge.guides.values() if guide.branch and guide.differs(Section.DOCUMENTS))
    assert guide.branch is not None
    cases = [option for option in guide.branch.options if option.guide is None]
    path = f"/huong-dan/{guide.id}/in"

    async def html(query: str) -> str:
        async with reader.http.get(path + query) as response:
            assert response.status == 200
            return unescape(await response.text())

    everything = await html("")
    assert await html("?truong-hop=khong-co") == everything
    for case in cases:
        own = await html(f"?truong-hop={case.id}")
        assert own != everything
        assert case.label[1:] in own
        assert f"{path}.pdf?truong-hop={case.id}" in own
        assert f"{_PUBLIC}{path}?truong-hop={case.id}" in own


async def test_a_flood_of_pdfs_is_refused(reader: Citizen) -> None:
    """From one address; the page goes on."""
    seen = []
    for _ in range(65):
        async with reader.http.get(f"{_PATH}.pdf") as response:
            seen.append(response.status)
    assert seen[:60] == [200] * 60
    assert seen[-1] == 429
    async with reader.http.get(_PATH) as response:
        assert response.status == 200


async def test_without_a_public_address_there_is_no_qr_code(brain: Brain, sqlite_url: str) -> None:
    """A code that leads nowhere would be worse than none."""
    async with answering(brain, sqlite_url) as product, Citizen(product) as reader:
        async with reader.http.get(_PATH) as response:
            assert "<svg" not in await response.text()
        async with reader.http.get(f"{_PATH}.pdf") as response:
            assert "Địa chỉ" not in _text(await response.read())


def test_every_guide_becomes_a_readable_pdf(knowledge: Knowledge) -> None:
    """Nothing is lost, whatever stands in it; sampled, because each takes a good part of a second."""
    from bot.checklist.pdf import render_pdf

    guides = [guide for guide in knowledge.guides.values() if has_checklist(guide)]
    assert len(guides) > 50
    longest = max(guides, key=lambda guide: len(guide.model_dump_json()))
    for guide in [longest, *guides[::25]]:
        listed = checklist_of(guide)
        text = _text(render_pdf(listed, f"{_PUBLIC}/huong-dan/{guide.id}/in"))
        for words in (listed.title, *(item.text for item in (*listed.documents, *listed.steps)), *listed.to_ask):
            assert "".join(words.split()) in "".join(text.split()), guide.id


def test_the_pdf_has_a_picture_with_boxes_and_code(knowledge: Knowledge) -> None:
    """Rendered as a browser does: ink in the QR code's corner and along the column of boxes, margins white."""
    from bot.checklist.pdf import render_pdf

    pdf = render_pdf(checklist_of(knowledge.guides[_GUIDE]), f"{_PUBLIC}{_PATH}")
    picture = pypdfium2.PdfDocument(io.BytesIO(pdf))[0].render(scale=1).to_pil().convert("L")

    def ink(box: tuple[int, int, int, int]) -> float:
        part = picture.crop(box)
        return sum(part.histogram()[:128]) / (part.width * part.height)

    assert ink((462, 55, 540, 132)) > 0.25  # points from the upper left corner
    assert ink((50, 180, 66, 700)) > 0.02
    assert ink((0, 0, 45, 842)) == 0


# in a browser


def test_boxes_are_ticked_by_their_words_and_by_keyboard(sheet: Visit) -> None:
    """Large enough for a thumb; nothing wider than the screen."""
    page = sheet.page
    boxes = page.locator(".boxes input")
    assert boxes.count() == 10
    page.locator(".boxes label").first.click()
    boxes.nth(1).focus()
    page.keyboard.press("Space")
    assert [boxes.nth(n).is_checked() for n in range(3)] == [True, True, False]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("parseFloat(getComputedStyle(document.querySelector('.boxes label')).fontSize)") >= 20


def test_nothing_on_the_sheet_is_hard_to_read(sheet: Visit) -> None:
    """Checked by axe, all rules."""
    assert sheet.serious_violations() == []
    assert sheet.page.locator("h1").inner_text() == "Đăng ký kết hôn"


def test_paper_shows_boxes_and_no_buttons(sheet: Visit) -> None:
    """The print style sheet: tools hidden, ticks and empty boxes drawn with ink, black text."""
    page = sheet.page
    page.locator(".boxes label").first.click()
    page.emulate_media(media="print")
    assert not page.locator(".tools").is_visible()
    assert page.locator(".boxes input").first.is_visible()

    def style(name: str, nth: int = 0) -> str:
        return str(page.locator(".boxes input").nth(nth).evaluate(f"box => getComputedStyle(box).{name}"))

    assert style("borderTopStyle") == "solid"
    assert "gradient" in style("backgroundImage")
    assert "gradient" not in style("backgroundImage", 1)
    assert page.locator("main").evaluate("main => getComputedStyle(main).color") == "rgb(0, 0, 0)"


def test_the_button_prints(sheet: Visit) -> None:
    """And the page's own PDF has the same words."""
    page = sheet.page
    page.evaluate("window.print = () => { window.printed = true; }")
    page.get_by_role("button", name="In tờ này").click()
    assert page.evaluate("window.printed") is True
    assert "Các bước" in _text(page.pdf(format="A4"))


def test_an_answer_leads_to_its_sheet(phone: Visit) -> None:
    """From the list of papers and from the first step, in a page of its own."""
    phone.ask("đăng ký kết hôn cần giấy tờ gì")
    with phone.page.context.expect_page() as opened:
        phone.last_answer.get_by_role("link", name="Bản in để mang theo").click()
    sheet: Page = opened.value
    sheet.wait_for_load_state()
    assert sheet.url.endswith(_PATH)
    phone.ask("chỉ tôi từng bước")
    assert phone.last_answer.locator(".page").count() == 1
    phone.tap(texts.DONE)
    assert phone.last_answer.locator(".page").count() == 0
