"""Fees and times: what the portal leaves open is never filled in."""

from __future__ import annotations

import pytest

from core.catalogue_terms import money
from tests.catalogue.making import all_text, fee, guide, method

UNKNOWN = "Cổng không ghi số tiền; như vậy chưa phải là miễn phí, cần xác nhận tại nơi nộp."


@pytest.mark.parametrize("fees", [[fee(0)], [fee(None)], [fee(0, "Không")], [fee(0, "Không quy định."), fee(None)], [], None])
def test_no_amount_is_never_free_of_charge(fees: list[dict[str, object]] | None) -> None:
    """Zero in the catalogue means that nobody filled it in."""
    made = guide(methods=[method(fees=fees), method("ONLINE", fees=fees)])
    assert made.sections.fee == (UNKNOWN,)
    assert "Mức phí, lệ phí." in made.to_confirm


def test_procedure_without_any_method_tells_no_fee_either() -> None:
    """Not even by silence."""
    assert guide().sections.fee == (UNKNOWN,)


def test_note_that_says_free_is_quoted_and_left_to_confirm() -> None:
    """The bot itself promises nothing."""
    made = guide(methods=[method(fees=[fee(0, "Miễn phí")])])
    assert made.sections.fee == ("Cần xác nhận tại nơi nộp: Cổng không ghi số tiền, chỉ ghi: Miễn phí.",)
    assert made.to_confirm == ("Mức phí, lệ phí.",)


def test_same_fee_everywhere_is_told_once() -> None:
    """Without naming the ways of handing in."""
    made = guide(methods=[method(channel, fees=[fee(20000)]) for channel in ("ONLINE", "DIRECT", "POSTAL")])
    assert made.sections.fee == ("20.000 đ.",)
    assert made.to_confirm == ()


def test_different_fees_are_told_by_way_of_handing_in() -> None:
    """The cheaper one is online, as often."""
    methods = [method("DIRECT", fees=[fee(20000)]), method("ONLINE", fees=[fee(10000)]), method("POSTAL", fees=[fee(20000)])]
    told = guide(methods=methods).sections.fee
    assert told == ("Nộp qua mạng: 10.000 đ.", "Nộp trực tiếp, gửi qua bưu điện: 20.000 đ.")


def test_order_of_fees_makes_no_difference() -> None:
    """Two ways with the same fees in another order are the same."""
    methods = [method("DIRECT", fees=[fee(1000), fee(2000)]), method("ONLINE", fees=[fee(2000), fee(1000)])]
    assert guide(methods=methods).sections.fee == ("2.000 đ.", "1.000 đ.")


def test_way_without_a_fee_beside_one_with_is_told_as_unknown() -> None:
    """A missing fee by post is not the fee at the counter, nor none."""
    told = guide(methods=[method("DIRECT", fees=[fee(50000)]), method("POSTAL")]).sections.fee
    assert told == ("Nộp trực tiếp: 50.000 đ.", f"Gửi qua bưu điện: {UNKNOWN}")


def test_empty_fee_beside_an_amount_says_nothing() -> None:
    """The amount is what there is to tell."""
    assert guide(methods=[method(fees=[fee(0), fee(50000)])]).sections.fee == ("50.000 đ.",)


@pytest.mark.parametrize(
    ("value", "note", "told"),
    [
        (10000, "10.000 đồng/khẩu-chiếc.", "10.000 đồng/khẩu-chiếc."),
        (50000, "/văn bản", "50.000 đ/văn bản."),
        (2500000, "đồng/lần", "2.500.000 đồng/lần."),
        (100000, "- Cấp mới;", "100.000 đ (Cấp mới)."),
        (10000, "Thu 110.000 đồng khi trễ", "10.000 đ (Thu 110.000 đồng khi trễ)."),
        (7500.5, None, "7.500,5 đ."),
    ],
)
def test_amount_and_note_become_one_sentence(value: float, note: str | None, told: str) -> None:
    """An amount in the note is not told twice."""
    assert guide(methods=[method(fees=[fee(value, note)])]).sections.fee == (told,)


def test_small_number_has_no_currency() -> None:
    """25 stands for dollars in some records and for thousands in others."""
    made = guide(methods=[method(fees=[fee(25, "Thị thực một lần")])])
    assert made.sections.fee == ("Cần xác nhận tại nơi nộp: Cổng ghi số 25, chưa rõ đơn vị tiền (Thị thực một lần).",)
    assert "25 đ" not in all_text(made)
    assert made.to_confirm


def test_of_many_fees_three_are_told() -> None:
    """And how many there are beside them."""
    told = guide(methods=[method(fees=[fee(n * 1000) for n in range(1, 10)])]).sections.fee
    assert told == ("1.000 đ.", "2.000 đ.", "3.000 đ.", "Còn 6 mức khác, xem trên Cổng.")


def test_money_is_written_as_people_write_it() -> None:
    """Points between thousands."""
    assert [money(value) for value in (1000, 20000, 1250000)] == ["1.000 đ", "20.000 đ", "1.250.000 đ"]


@pytest.mark.parametrize(
    ("time", "unit", "told"),
    [
        (7, "WORKING_DAY", "7 ngày làm việc."),
        (7.5, "DAY", "7,5 ngày."),
        (8, "HOUR", "8 giờ."),
        (2, "MONTH", "2 tháng."),
        (1, "YEAR", "1 năm."),
    ],
)
def test_time_is_told_in_words(time: float, unit: str, told: str) -> None:
    """For every unit of the catalogue."""
    assert guide(methods=[method(time=time, unit=unit)]).sections.time == (told,)


@pytest.mark.parametrize(
    ("time", "unit", "note"),
    [
        (1, "OTHER", None),
        (0, "WORKING_DAY", None),
        (None, "DAY", None),
        ("Theo mô tả", "OTHER", "Nộp tại quầy"),
        (5, "FORTNIGHT", None),
    ],
)
def test_time_the_portal_leaves_open_stays_open(time: object, unit: str, note: str | None) -> None:
    """One of an unknown unit is not one day."""
    made = guide(methods=[method(time=time, unit=unit, note=note)])
    assert made.sections.time[0] == "Cổng không ghi rõ thời hạn."
    assert "Thời hạn: xem trên Cổng." in " ".join(made.sections.summary)


def test_open_time_is_taken_from_the_words_there_are() -> None:
    """Of the time itself, or of the note."""
    words = guide(methods=[method(time="Không quá 03 ngày làm việc", unit="OTHER")])
    note = guide(methods=[method(time=1, unit="OTHER", note="Nộp tại quầy.\nTrả trong ngày; sau 15 giờ thì ngày sau.")])
    assert words.sections.time == ("Không quá 03 ngày làm việc.",)
    assert "Thời hạn: không quá 03 ngày làm việc." in " ".join(words.sections.summary)
    assert note.sections.time[0].startswith("Trả trong ngày; sau 15 giờ")


def test_times_that_differ_are_told_by_way_of_handing_in() -> None:
    """One procedure may have three."""
    made = guide(methods=[method("DIRECT", 5), method("ONLINE", 3), method("POSTAL", 5)])
    assert made.sections.time == ("Nộp qua mạng: 3 ngày làm việc.", "Nộp trực tiếp, gửi qua bưu điện: 5 ngày làm việc.")
    assert "Thời hạn: khác nhau tùy trường hợp." in " ".join(made.sections.summary)


def test_times_for_different_cases_are_told_with_their_case() -> None:
    """The same way of handing in stands twice then."""
    told = guide(methods=[method(time=3), method(time=10, note="Phải kiểm tra thực tế")]).sections.time
    assert told == ("3 ngày làm việc.", "10 ngày làm việc (Phải kiểm tra thực tế).")


def test_longer_time_in_a_note_is_told_too() -> None:
    """Remote communes may take longer."""
    note = "Không quá 10 ngày làm việc. Xã vùng sâu, vùng xa: không quá 20 ngày làm việc."
    told = guide(methods=[method(time=10, note=note)]).sections.time
    assert told == ("10 ngày làm việc.", "Cổng ghi thêm: Xã vùng sâu, vùng xa: không quá 20 ngày làm việc.")


def test_note_that_repeats_the_time_is_not_told() -> None:
    """Also when it is written with a zero in front."""
    assert guide(methods=[method(time=7, note="07 ngày làm việc kể từ khi đủ hồ sơ")]).sections.time == ("7 ngày làm việc.",)
