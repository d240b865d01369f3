"""Trainers' pages for programs: editing, conflicts, approval by a second person, and hostile words."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import aiohttp
import pytest_asyncio

from core.staff import Role
from tests.console.office import Answer, Desk, Office, serving
from tests.training.small_tree import small_tree

_HOSTILE = '<script>alert(1)</script>"onmouseover="x'
_INTENT = "/canbo/huan-luyen/y-dinh/topic_quen_mat_khau"
_GUIDE = "/canbo/huan-luyen/huong-dan/doi_ma_otp"
_DRAFT = "/canbo/huan-luyen/ban-nhap"


@pytest_asyncio.fixture
async def school(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    """The console over the small tree, with two trainers and an administrator."""
    async with serving(sqlite_url, content=small_tree(tmp_path / "live")) as office:
        await office.hire("lan", Role.TRAINER)
        await office.hire("minh", Role.TRAINER)
        await office.hire("sep", Role.ADMIN)
        yield office


def _fields(page: Answer) -> dict[str, str]:
    """What the form of a guide would send as it stands."""
    form = page.text[page.text.index('id="guide"') :]
    form = form[: form.index("</form>")]
    fields = {
        unescape(name): unescape(value) for name, value in re.findall(r'<input[^>]* name="([^"]+)"[^>]*? value="([^"]*)"', form)
    }
    fields |= {
        unescape(name): unescape(text)
        for name, text in re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>([^<]*)</textarea>', form)
    }
    fields["confidence"] = re.findall(r'<option value="(\w+)" selected>', form)[-1]
    return fields


def _version(page: Answer) -> str:
    return re.findall(r'name="ban" value="(\w+)"', page.text)[0]


async def _do(desk: Desk, version: str, **fields: str) -> Answer:
    return await desk.post(_INTENT, {"ban": version, **fields})


async def test_examples_are_added_moved_and_taken_back(school: Office) -> None:
    """In the draft; the live tree stays as it is."""
    async with school.desk("lan") as desk:
        page = await desk.get(_INTENT)
        assert '<option value="greet" selected>' in (await desk.get(f"{_INTENT}?gop=greet")).text
        answer = await _do(
            desk, _version(page), viec="add", cau="mk vneid la gi quen roi\n- mất mật khẩu", vi_sao="dân hỏi nhiều"
        )
        assert answer.status == 303
        page = await desk.get(_INTENT)
        assert "mất mật khẩu" in page.text
        assert "dân hỏi nhiều" in page.text
        answer = await _do(desk, _version(page), viec="move", chon="mất mật khẩu", den="topic_khong_nhan_otp")
        assert answer.status == 303
        assert "mất mật khẩu" in (await desk.get("/canbo/huan-luyen/y-dinh/topic_khong_nhan_otp")).text
        draft = await desk.get(_DRAFT)
        assert "data/nlu/topics.yml" in draft.text
        number = re.findall(r'name="so" value="(\d+)"', draft.text)[0]
        assert (await desk.post(f"{_DRAFT}/hoan-tac", {"so": number}, form=_DRAFT)).status == 303
        assert "mất mật khẩu" in (await desk.get(_INTENT)).text
    live = (school.console.draft.live_root / "data" / "nlu" / "topics.yml").read_text(encoding="utf-8")
    assert "mất mật khẩu" not in live


async def test_the_second_trainer_sees_the_conflict_and_keeps_the_words(school: Office) -> None:
    """Nothing is overwritten; the page shows who did what, and the same click works then."""
    async with school.desk("lan") as lan, school.desk("minh") as minh:
        seen = _version(await minh.get(_INTENT))
        assert (await _do(lan, _version(await lan.get(_INTENT)), viec="add", cau="câu của Lan")).status == 303
        answer = await _do(minh, seen, viec="add", cau="câu của Minh")
        assert answer.status == 409
        assert "câu của Lan" in answer.text
        assert ">câu của Minh</textarea>" in answer.text
        assert (await _do(minh, _version(answer), viec="add", cau="câu của Minh")).status == 303
        page = await minh.get(_INTENT)
        assert "câu của Lan" in page.text
        assert "câu của Minh" in page.text


async def test_what_cannot_be_done_is_told_on_the_page(school: Office) -> None:
    """With what was typed still there."""
    async with school.desk("lan") as desk:
        version = _version(await desk.get(_INTENT))
        refused = await _do(desk, version, viec="add", cau="số cccd của tôi là 046123456789")
        assert refused.status == 422
        assert "046123456789</textarea>" in refused.text
        assert (await _do(desk, version, viec="remove")).status == 422
        assert (await _do(desk, version, viec="khong-co")).status == 400
        assert (await desk.get("/canbo/huan-luyen/y-dinh/khong_co")).status == 404


async def test_the_guide_that_answers_is_edited_beside_its_intent(school: Office) -> None:
    """Its summary, as an edit of the guide: somebody else approves it; a conflict is that of the guide."""
    async with school.desk("lan") as lan, school.desk("minh") as minh:
        version = re.findall(r'value="summary"><input type="hidden" name="ban" value="(\w+)"', (await lan.get(_INTENT)).text)[0]
        assert (
            await _do(lan, version, viec="summary", tom_tat="Vào VNeID, bấm Quên mật khẩu.\nLàm theo từng bước.")
        ).status == 303
        page = await lan.get(_INTENT)
        assert "Vào VNeID, bấm Quên mật khẩu.\nLàm theo từng bước.</textarea>" in page.text
        assert "Vào VNeID, bấm Quên mật khẩu." in (await lan.get("/canbo/huan-luyen/huong-dan/quen_mat_khau")).text
        assert await school.console.draft.unapproved() == ["quen_mat_khau"]
        stale = await _do(minh, version, viec="summary", tom_tat="Chữ của Minh.")
        assert (stale.status, "Chữ của Minh.</textarea>" in stale.text) == (409, True)
        version = re.findall(r'value="summary"><input type="hidden" name="ban" value="(\w+)"', stale.text)[0]
        assert (await _do(minh, version, viec="summary", tom_tat="dài " * 61)).status == 422
        assert (
            await minh.post("/canbo/huan-luyen/y-dinh/greet", {"ban": version, "viec": "summary", "tom_tat": "x"})
        ).status == 422


async def test_a_reply_is_added_with_its_intent(school: Office) -> None:
    """And its page shows it as citizens will read it."""
    new = "/canbo/huan-luyen/y-dinh-moi"
    form = {"cau": "bão tốc mái\nnhà sập", "tra_loi_bang": "cau", "ten": "Trợ cấp bão", "tra_loi": "Bà con báo phường, xã."}
    async with school.desk("lan") as desk:
        assert (await desk.post(new, {**form, "tra_loi": ""})).status == 422
        answer = await desk.post(new, form)
        assert answer.to == "/canbo/huan-luyen/y-dinh/reply_tro_cap_bao?xong=luu"
        assert "Bà con báo phường, xã." in (await desk.get(answer.to)).text
        assert (await desk.post(new, form)).status == 422
        assert "Trợ cấp bão" in (await desk.get("/canbo/huan-luyen/y-dinh?tim=tro+cap")).text
        assert "Trợ cấp bão" in (await desk.get("/canbo/huan-luyen/y-dinh?soat=1")).text


async def test_typing_is_checked_against_all_examples(school: Office) -> None:
    """A twin in another intent is named before it is saved."""
    async with school.desk("lan") as desk:
        answer = await desk.post(
            "/canbo/huan-luyen/soat-cau", {"cau": "Xin chao\ncâu lạ hoàn toàn", "y_dinh": "thanks"}, form=_INTENT
        )
    assert "Trùng một câu của “Chào hỏi”" in answer.text
    assert "câu lạ" not in answer.text


async def test_an_untouched_guide_form_changes_nothing(school: Office) -> None:
    """What the form shows is what it saves, for each guide."""
    async with school.desk("lan") as desk:
        for guide in ("doi_ma_otp", "lua_dao", "khong_nhan_otp", "quen_mat_khau"):
            path = f"/canbo/huan-luyen/huong-dan/{guide}"
            assert (await desk.post(path, _fields(await desk.get(path)))).status == 303
    assert await school.console.draft.changes() == []


async def test_a_guide_is_edited_and_approved_by_somebody_else(school: Office) -> None:
    """The editor cannot; an administrator can, who cannot edit."""
    async with school.desk("lan") as lan, school.desk("sep") as boss:
        fields = _fields(await lan.get(_GUIDE))
        moved = {**fields, "buoc-1-at": "1", "buoc-0-at": "2", "time": "Làm ngay trong ngày."}
        assert (await lan.post(_GUIDE, moved)).status == 303
        page = await lan.get(_GUIDE)
        assert "Làm ngay trong ngày." in page.text
        assert "cần một người khác" in page.text
        assert (await lan.post(f"{_GUIDE}/duyet", {"ban": _version(page)}, form=_GUIDE)).status == 422
        assert (await boss.post(_GUIDE, fields, form=_GUIDE)).status == 403
        assert await school.console.draft.unapproved() == ["doi_ma_otp"]
        assert (await boss.post(f"{_GUIDE}/duyet", {"ban": _version(await boss.get(_GUIDE))}, form=_GUIDE)).status == 303
        assert await school.console.draft.unapproved() == []
        assert (await lan.post(_GUIDE, fields)).status == 409  # the version of before


async def test_a_guide_stays_valid(school: Office) -> None:
    """The page says in Vietnamese what is wrong, and keeps what was typed."""
    async with school.desk("lan") as desk:
        fields = _fields(await desk.get(_GUIDE))
        answer = await desk.post(_GUIDE, {**fields, "summary": "dài " * 61, "nguon-0-url": "http://x.vn"})
        assert answer.status == 422
        assert "Tóm tắt 1: có 61 chữ, tối đa 60" in answer.text
        assert "Nguồn 1, địa chỉ: viết chưa đúng dạng" in answer.text
        assert "dài dài" in answer.text
        assert (await desk.post(_GUIDE, {**fields, "verified_on": "hôm qua"})).status == 422


async def test_a_new_guide_begins_small(school: Office) -> None:
    """And grows on its own page."""
    new = "/canbo/huan-luyen/huong-dan-moi"
    form = {
        "title": "Hỗ trợ nhà sập do bão", "kind": "topic", "area": "an_sinh", "aliases": "nhà sập\nbão tốc mái\nhỗ trợ bão",
        "summary": "Báo phường, xã nơi ở.", "buoc-0-do": "Chụp ảnh nhà hư hỏng.", "nguon-0-title": "Cổng thông tin thành phố Huế",
        "verified_on": "2026-11-23", "verify_again_by": "2027-05-23", "owner": "Sở Nội vụ",
    }  # fmt: skip
    async with school.desk("lan") as desk:
        assert (await desk.post(new, {**form, "area": ""})).status == 422
        answer = await desk.post(new, form)
        assert answer.to == "/canbo/huan-luyen/huong-dan/ho_tro_nha_sap_do_bao?xong=luu"
        assert "Chụp ảnh nhà hư hỏng." in (await desk.get(answer.to)).text
        assert "chờ duyệt" in (await desk.get("/canbo/huan-luyen/huong-dan?tim=nha+sap")).text


async def test_hostile_words_are_only_words(school: Office) -> None:
    """Wherever they are shown."""
    async with school.desk("lan") as desk:
        version = _version(await desk.get(_INTENT))
        assert (await _do(desk, version, viec="add", cau=_HOSTILE, vi_sao=_HOSTILE)).status == 303
        for path in (_INTENT, _DRAFT, f"/canbo/huan-luyen/y-dinh?tim={_HOSTILE[:8]}"):
            assert "<script>alert" not in (await desk.get(path)).text


async def test_examples_go_out_and_come_in(school: Office) -> None:
    """After a look at what would change."""
    path = "/canbo/huan-luyen/nhap-xuat"
    async with school.desk("lan") as desk:
        out = await desk.get(f"{path}/cau-vi-du.csv")
        assert "topic_quen_mat_khau" in out.text
        assert (await desk.get(f"{path}/cau-vi-du.exe")).status == 404
        form = aiohttp.FormData()
        form.add_field("tep", "ý định,câu ví dụ\ngreet,chào cả nhà mình\ngreet,alo\n".encode(), filename="cau.csv")
        headers = {"Origin": desk.address, "X-CSRF-Token": (await desk.get(path)).csrf, "HX-Request": "true"}
        seen = await desk.ask("POST", f"{path}/xem-truoc", data=form, headers=headers)
        assert "1 câu mới, 1 câu đã có" in seen.text
        assert await school.console.draft.changes() == []
        lines = unescape(re.findall(r'<textarea name="dong"[^>]*>([^<]*)', seen.text)[0])
        assert (await desk.post(path, {"dong": lines})).status == 303
        assert "chào cả nhà mình" in (await desk.get("/canbo/huan-luyen/y-dinh/greet")).text
        assert (await desk.post(path, {"dong": "khong_co\tx"})).status == 422
