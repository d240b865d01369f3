"""What becomes of a record: title, summary, where, online, eligibility, result, sources."""

from __future__ import annotations

from datetime import date

import pytest

from core.catalogue import Catalogue
from core.guides import GuideKind
from tests.catalogue.making import all_text, fee, guide, method, record


def test_guide_is_known_by_its_code() -> None:
    """Id, code, link and kind."""
    made = guide(n=4194)
    assert (made.id, made.code, made.kind, made.area) == ("dvc_8_004194", "8.004194", GuideKind.CATALOGUE, "danh_muc")
    assert made.portal_url == "https://dichvucong.gov.vn/dich-vu-cong-truc-tuyen/8.004194"


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("Thủ tục đăng ký khai sinh", "Đăng ký khai sinh"),
        ("thủ tục: Cấp thẻ", "Cấp thẻ"),
        ("Thủ tục hải quan đối với quà biếu", "Thủ tục hải quan đối với quà biếu"),
        ("Cấp giấy phép môi trường (cấp Tỉnh) ( 1.010727 )", "Cấp giấy phép môi trường (cấp Tỉnh)"),
        ("Cấp thẻ - 2.002469.", "Cấp thẻ"),
        (". Cấp thẻ đọc\nsách;", "Cấp thẻ đọc sách"),
        ("THỦ TỤC CẤP THẺ (CẤP XÃ)", "Cấp thẻ (cấp xã)"),
        ("Hòa giải tranh chấp đất đai (1) Trình tự thực hiện:", "Hòa giải tranh chấp đất đai"),
        ("Cấp giấy theo Nghị định 58/2017/NĐ-CP", "Cấp giấy theo Nghị định 58/2017/NĐ-CP"),
        ("Kiểm tra xe < 9 chỗ", "Kiểm tra xe ‹ 9 chỗ"),
        ("Thủ tục", "Thủ tục"),
        ("<br/>", "8.000001"),
    ],
)
def test_title_is_the_name_without_what_is_no_part_of_it(name: str, title: str) -> None:
    """In sentence case, without codes, numbering, line breaks or markup."""
    assert guide(name=name).title == title


def test_long_name_is_cut_in_the_title_and_told_in_the_summary() -> None:
    """The end of a long name is often what tells two procedures apart."""
    name = "Cấp giấy cho " + " ".join(f"loại{n}" for n in range(30))
    made = guide(name=name)
    assert made.title.endswith("…")
    assert len(made.title.split()) <= 24
    assert any(name in text for text in made.sections.summary)


@pytest.mark.parametrize("name", ["Đăng ký thường trú", "Đăng ký " + "rất dài " * 20, "x" * 300])
def test_short_title_fits_a_button(name: str) -> None:
    """Forty characters, cut between words where there are any."""
    short = guide(name=name).short_title
    assert len(short) <= 40
    assert short == name or short.endswith("…")
    assert not short.endswith((" …", "rấ…", "dà…"))


def test_summary_tells_field_level_who_decides_online_and_time() -> None:
    """In everyday words."""
    made = guide(
        sector="Hộ tịch",
        level="Cấp xã, Cơ quan ngành dọc",
        agency={"competent_agency": "UBND cấp xã", "executing_agency": "Công chức hộ tịch"},
        methods=[method("ONLINE"), method("DIRECT")],
    )
    summary = " ".join(made.sections.summary)
    assert "lĩnh vực Hộ tịch, làm ở phường, xã." in summary
    assert "Nơi quyết định: Ủy ban nhân dân phường, xã." in summary
    assert "Nộp qua mạng được (theo Cổng)." in summary
    assert "Thời hạn: 3 ngày làm việc." in summary
    assert made.authority == "Ủy ban nhân dân phường, xã"


def test_local_procedure_says_whose_it_is() -> None:
    """Somebody elsewhere must not follow it unawares."""
    made = guide(promulgated_by="UBND tỉnh Lai Châu")
    assert made.applies_to == "vn-laichau"
    assert any("riêng của địa phương, do Ủy ban nhân dân tỉnh Lai Châu công bố" in text for text in made.sections.summary)
    assert not any("riêng của địa phương" in text for text in guide(promulgated_by="Bộ Tư pháp").sections.summary)


@pytest.mark.parametrize(
    ("users", "audience"),
    [
        (["Công dân Việt Nam"], "citizen"),
        (["Người nước ngoài", "Cán bộ, công chức, viên chức"], "citizen"),
        (["Doanh nghiệp", "Hợp tác xã"], "organisation"),
        (["Doanh nghiệp", "Công dân Việt Nam"], "both"),
        (["nhóm 1"], "both"),
        ([], "both"),
    ],
)
def test_audience_comes_from_the_target_users(users: list[str], audience: str) -> None:
    """Unknown groups count for nobody."""
    assert guide(target_users=users).audience == audience


@pytest.mark.parametrize(
    ("flags", "counter"),
    [
        ({"is_ward": True}, "Trung tâm Phục vụ hành chính công phường, xã."),
        ({"is_province": True}, "Trung tâm Phục vụ hành chính công tỉnh, thành phố."),
        ({"is_ward": True, "is_province": True}, "phường, xã hoặc tỉnh, thành phố."),
        ({"is_ward": True, "is_vertical": True}, "bộ phận nhận hồ sơ của cơ quan giải quyết."),
        ({"is_ministry": True}, "bộ phận nhận hồ sơ của cơ quan giải quyết."),
    ],
)
def test_where_names_the_counter(flags: dict[str, bool], counter: str) -> None:
    """Police and tax offices take their own applications."""
    assert counter in " ".join(guide(methods=[method()], **flags).sections.where)


def test_where_does_not_invent_a_counter() -> None:
    """A procedure without direct submission has none."""
    told = " ".join(guide(is_ward=True, methods=[method("ONLINE"), method("POSTAL")]).sections.where)
    assert "Cổng không nêu cách nộp trực tiếp." in told
    assert "Gửi qua bưu điện được." in told
    assert "Trung tâm" not in told


def test_of_many_offices_two_are_named() -> None:
    """Commas within a name part nothing."""
    made = guide(agency={"executing_agency": "Sở Văn hóa, Thể thao và Du lịch, Sở Du lịch, Chi nhánh số 1; Chi nhánh số 2"})
    assert made.sections.where[0] == "Nơi giải quyết: Sở Văn hóa, Thể thao và Du lịch; Sở Du lịch và 2 nơi khác."


@pytest.mark.parametrize(
    ("full", "name", "channels", "told", "unsure"),
    [
        (True, "Cấp thẻ", ["ONLINE"], "làm trọn trên mạng (toàn trình)", False),
        (False, "Cấp thẻ", ["ONLINE", "DIRECT"], "chỉ một phần", False),
        (None, "Cấp thẻ", ["ONLINE"], "Nộp qua mạng được (theo Cổng).", False),
        (False, "Cấp thẻ bằng dịch vụ công trực tuyến toàn trình", ["ONLINE"], "chưa thống nhất", True),
        (True, "Cấp thẻ bằng dịch vụ công trực tuyến một phần", ["ONLINE"], "chưa thống nhất", True),
        (True, "Cấp thẻ", ["DIRECT"], "không nêu cách nộp qua mạng; xem lại", True),
        (False, "Cấp thẻ", ["DIRECT"], "không nêu cách nộp qua mạng cho thủ tục này", False),
    ],
)
def test_online_is_told_as_the_portal_has_it(full: bool | None, name: str, channels: list[str], told: str, unsure: bool) -> None:
    """Contradictions of the portal are told and left for the counter to confirm."""
    made = guide(name=name, is_full_process=full, methods=[method(channel, fees=[fee(5000)]) for channel in channels])
    assert told in made.sections.online[0]
    assert ("Có nộp trọn qua mạng được không." in made.to_confirm) is unsure


@pytest.mark.parametrize("said", ["Không", "không có.", "KHÔNG QUY ĐỊNH", "Khôg quy định", "Không có yêu cầu, điều kiện!"])
def test_condition_that_says_no_is_none(said: str) -> None:
    """It is told as such, not as a condition called "Không"."""
    assert guide(conditions=said).sections.eligibility == ("Cổng ghi không có điều kiện riêng.",)


def test_conditions_are_told_one_by_one_and_not_all() -> None:
    """Without their numbering; a condition that begins with "Không" stays one."""
    many = "- Không vay nợ ở quỹ nào khác trong vòng hai năm.\n" + "\n".join(f"{n}. Điều kiện số {n}" for n in range(1, 9))
    told = guide(conditions=many, target_users=["Tổ chức (không bao gồm doanh nghiệp, HTX)"]).sections.eligibility
    assert told[:3] == ("Dành cho: tổ chức.", "Không vay nợ ở quỹ nào khác trong vòng hai năm.", "Điều kiện số 1.")
    assert told[-1] == "Còn điều kiện khác, xem trên Cổng."
    assert len(told) == 6


def test_nothing_is_told_about_conditions_the_portal_does_not_mention() -> None:
    """Absent is not the same as none."""
    assert guide().sections.eligibility == ()


def test_of_many_results_three_are_told() -> None:
    """And how many there are beside them."""
    told = guide(results=["+ Giấy phép", "Giấy phép", "Thẻ", "Sổ", "Tem", "-"]).sections.result
    assert told == ("Giấy phép.", "Thẻ.", "Sổ.", "Còn 1 kết quả khác, xem trên Cổng.")


def test_legal_basis_is_short() -> None:
    """Numbers; laws with their name; at most eight, each once."""
    acts = [{"no": f"{n}/2026/NĐ-CP", "name": "Nghị định"} for n in range(20)]
    made = guide(legal=[{"no": "60/2014/QH13", "name": "Luật Hộ tịch"}, {"no": "", "name": "Quy chế"}, acts[0], *acts])
    assert made.legal_basis[:3] == ("Luật Hộ tịch 60/2014/QH13", "Quy chế", "0/2026/NĐ-CP")
    assert len(made.legal_basis) == len(set(made.legal_basis)) == 8


def test_source_tells_the_day_the_portal_updated_it() -> None:
    """And the guide counts as checked on that day, for a year."""
    made = guide(updated_at="2026-04-15")
    assert made.sources[0].title == "Theo Cổng Dịch vụ công quốc gia, cập nhật ngày 15/04/2026"
    assert made.sources[0].url == made.portal_url
    assert (made.verified_on, made.verify_again_by) == (date(2026, 4, 15), date(2027, 4, 15))
    assert (made.confidence, made.owner) == ("medium", "Cổng Dịch vụ công quốc gia")


def test_undated_record_does_not_pretend_to_be_fresh() -> None:
    """It counts as checked long ago."""
    made = guide(updated_at=None)
    assert made.verify_again_by < date(2020, 1, 1)
    assert "không ghi ngày" in made.sources[0].title


def test_links_of_strangers_are_not_told() -> None:
    """Hosts of the government stay as text, others go; nothing is left to tap."""
    text = all_text(
        guide(steps=[{"text": "Người xin mở https://evil.example.com/a?b=1 hoặc http://www.vanhoa.gov.vn/mau.docx để tải mẫu"}])
    )
    assert "vanhoa.gov.vn" in text
    assert "example" not in text
    assert "http" not in text.replace("https://dichvucong.gov.vn", "")
    assert "www" not in text


def test_catalogue_gives_guides_by_code() -> None:
    """Made once, then kept; unknown codes give none."""
    catalogue = Catalogue.of([record(n=2, updated_at="2026-01-01"), record(n=1, updated_at="2026-06-30")])
    assert [entry.code for entry in catalogue.entries] == ["8.000001", "8.000002"]
    assert len(catalogue) == 2
    assert catalogue.as_of == date(2026, 6, 30)
    made = catalogue.guide("8.000002")
    assert made is not None
    assert made.title == "Mượn ghế số 2"
    assert catalogue.guide("8.000002") is made
    assert catalogue.guide("8.000009") is None
    assert catalogue.record("8.000001") == record(n=1, updated_at="2026-06-30")
    assert catalogue.record("8.000009") is None
    assert Catalogue([]).as_of is None
