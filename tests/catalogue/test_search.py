"""Finding procedures of the catalogue by what citizens say, and telling them from our own guides."""

from __future__ import annotations

from typing import Any

import pytest

from core import texts
from core.catalogue import Catalogue
from core.catalogue_search import CatalogueIndex
from core.conversation import ConversationState
from core.dialogue import Dialogue
from core.knowledge import Knowledge, catalogue_id
from core.messages import Outcome
from core.search import words_of
from core.understanding import OTHER_PROCEDURE, OUT_OF_SCOPE, Understanding
from tests.catalogue.making import record

_FAMILY = (
    ("8.000001", "Cấp giấy phép nuôi ong trong vườn", {}),
    ("8.000002", "Cấp lại giấy phép nuôi ong trong vườn", {}),
    ("8.000003", "Gia hạn giấy phép nuôi ong trong vườn", {}),
    ("8.000004", "Thu hồi giấy phép nuôi ong trong vườn", {}),
    ("8.000005", "Cấp giấy phép nuôi ong có yếu tố nước ngoài", {}),
    ("8.000006", "Công nhận nghệ nhân nấu chè", {"is_province": True}),
    ("8.000007", "Công nhận nghệ nhân nấu chè", {"is_ward": True}),
    ("8.000009", "Cấp thẻ hội viên đối với người chằm nón lá từ mười năm trở lên tại làng nghề của thành phố", {}),
    ("8.000000", "Cấp thẻ hội viên câu cá", {}),
    ("8.000008", "Cho thuê thuyền rồng trên sông", {"promulgated_by": "Ủy ban nhân dân thành phố Đà Nẵng"}),
)


@pytest.fixture(scope="module")
def known(knowledge: Knowledge) -> Knowledge:
    """Our guides with a small catalogue of families beside them."""
    records = [record(n=int(code[-1]), name=name, **more) for code, name, more in _FAMILY]
    return knowledge.with_catalogue(Catalogue.of(records))


@pytest.fixture(scope="module")
def index(known: Knowledge) -> CatalogueIndex:
    """That catalogue's index."""
    assert known.catalogue_index is not None
    return known.catalogue_index


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("xin giấy phép nuôi ong", "8.000001"),
        ("giấy phép nuôi ong bị mất", "8.000002"),
        ("giay phep nuoi ong sap het han", "8.000003"),
        ("thu hồi giấy phép nuôi ong", "8.000004"),
        ("người nước ngoài xin giấy phép nuôi ong", "8.000005"),
    ],
)
def test_operation_chooses_the_member_of_a_family(known: Knowledge, index: CatalogueIndex, said: str, code: str) -> None:
    """One object, one procedure for each thing done with it."""
    assert index.search(words_of(said, known.lexicon))[0].code == code


def test_same_name_is_one_hit(known: Knowledge, index: CatalogueIndex) -> None:
    """The level nearest to the citizen stands first; the other is known beside it."""
    hit, *others = index.search(words_of("công nhận nghệ nhân nấu chè", known.lexicon))
    assert (hit.code, hit.same) == ("8.000007", ("8.000006",))
    assert "8.000006" not in {other.code for other in others}


def test_what_another_province_published_is_not_found(known: Knowledge, index: CatalogueIndex) -> None:
    """It does not apply here; by its code it can still be shown."""
    assert all(hit.code != "8.000008" for hit in index.search(words_of("cho thuê thuyền rồng trên sông", known.lexicon)))
    assert known.guide(catalogue_id("8.000008")) is not None


def test_long_name_is_found_by_its_head(known: Knowledge, index: CatalogueIndex) -> None:
    """Nobody types to the end whom it is for; found so, the one is not taken for sure before another."""
    hit, rival = index.search(words_of("cấp thẻ hội viên", known.lexicon))[:2]
    assert (hit.code, hit.by_head, rival.code, rival.by_head) == ("8.000009", True, "8.000000", False)
    assert not index.search(words_of("cấp thẻ hội viên câu cá", known.lexicon))[0].by_head
    assert index.search(words_of("hội viên chằm nón lá làng nghề", known.lexicon))[0].code == "8.000009"


def test_words_with_other_accents_are_other_words(knowledge: Knowledge) -> None:
    """A shop (tiệm) is no jab (tiêm); typed without accents, it may be either."""
    shop, jab = record(n=1, name="Tiệm sửa nón lá"), record(n=2, name="Tiêm chủng cho đàn cò trắng")
    found = knowledge.with_catalogue(Catalogue.of([shop, jab])).catalogue_index
    assert found is not None
    apart, alike = (
        [hit.coverage for hit in found.search(words_of(said, knowledge.lexicon)) if hit.code == jab.code]
        for said in ("mở tiệm", "mo tiem")
    )
    assert apart < alike


def test_everyday_words_find_official_names(knowledge: Knowledge) -> None:
    """Though the names have none of their words."""
    names = (
        "Cấp giấy xác nhận điểm cung cấp dịch vụ trò chơi điện tử công cộng",
        "Thay đổi, cải chính thông tin hộ tịch",
        "Cấp thẻ",
    )
    records = [record(n=n, name=name) for n, name in enumerate(names)]
    found = knowledge.with_catalogue(Catalogue.of(records)).catalogue_index
    assert found is not None
    for said, meant in (("mở quán net", 0), ("sai năm sinh cháu nội", 1)):
        assert found.search(words_of(said, knowledge.lexicon))[0].code == records[meant].code


def test_words_that_name_nothing_find_nothing(known: Knowledge, index: CatalogueIndex) -> None:
    """A question without its matter."""
    assert index.search(words_of("cho em hỏi cần giấy tờ gì ạ", known.lexicon)) == []
    assert index.search([]) == []


def _answer(known: Knowledge, text: str, **chances: float) -> Any:
    """What is said to `text` by a dialogue whose classifier expects a procedure without a guide."""
    said = Understanding.from_parse(
        {"text": text, "intent_ranking": [{"name": name, "confidence": chance} for name, chance in chances.items()]},
        known.lexicon,
        known.query_words.stop,
    )
    return Dialogue(known).respond(said.intent, said, ConversationState())[0]


def test_procedure_without_a_guide_is_answered_from_the_catalogue(known: Knowledge) -> None:
    """Where its name is said."""
    response = _answer(known, "gia hạn giấy phép nuôi ong trong vườn", **{OTHER_PROCEDURE: 0.9})
    assert (response.outcome, response.code, response.guide) == (Outcome.ANSWERED, "8.000003", None)


def test_what_another_province_published_is_told_as_such(known: Knowledge) -> None:
    """Named as a whole it is shown, behind a word of caution; what only sounds like it is not."""
    response = _answer(known, "cho thuê thuyền rồng trên sông", **{OTHER_PROCEDURE: 0.9})
    assert (response.outcome, response.code, response.replies[0].text) == (Outcome.ANSWERED, "8.000008", texts.CATALOGUE_AWAY)
    response = _answer(known, "cho thuê xe máy rồng", **{OTHER_PROCEDURE: 0.9})
    assert response.code is None


def test_named_procedure_is_heard_whatever_else_the_message_sounds_like(known: Knowledge) -> None:
    """The classifier never saw its words, and takes it for none of our business."""
    assert _answer(known, "gia hạn giấy phép nuôi ong trong vườn", **{OUT_OF_SCOPE: 0.9}).code == "8.000003"
    assert _answer(known, "nuôi ong có vui không", **{OUT_OF_SCOPE: 0.9}).code is None


def test_one_common_word_means_no_procedure(known: Knowledge) -> None:
    """It is in too many names to tell which."""
    response = _answer(known, "quay lại cái giấy phép", **{OTHER_PROCEDURE: 0.9})
    assert not any(code.startswith("8.") for code in (response.code or "", *response.candidates))


def test_guide_of_ours_is_not_overruled_by_likeness(known: Knowledge) -> None:
    """A procedure we have a guide for is answered by the guide."""
    response = _answer(known, "đăng ký tạm trú", ask_overview=0.9)
    assert response.guide == "dang_ky_tam_tru"


def test_wish_that_no_guide_does_goes_to_the_catalogue(knowledge: Knowledge) -> None:
    """A lost paper is not answered with how to get the first one."""
    lost = record(n=9, name="Cấp lại giấy phép xây dựng nhà ở riêng lẻ", is_ward=True)
    known = knowledge.with_catalogue(Catalogue.of([lost]))
    response = _answer(known, "cấp lại giấy phép xây dựng nhà ở bị mất", ask_overview=0.9)
    assert response.code == lost.code
