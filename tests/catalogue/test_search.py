"""Finding procedures of the catalogue by what citizens say, and telling them from our own guides."""

from __future__ import annotations

from typing import Any

import pytest

from core.catalogue import Catalogue
from core.catalogue_search import CatalogueIndex
from core.conversation import ConversationState
from core.dialogue import Dialogue
from core.knowledge import Knowledge, catalogue_id
from core.messages import Outcome
from core.search import words_of
from core.understanding import OTHER_PROCEDURE, Understanding
from tests.catalogue.making import record

_FAMILY = (
    ("8.000001", "Cấp giấy phép nuôi ong trong vườn", {}),
    ("8.000002", "Cấp lại giấy phép nuôi ong trong vườn", {}),
    ("8.000003", "Gia hạn giấy phép nuôi ong trong vườn", {}),
    ("8.000004", "Thu hồi giấy phép nuôi ong trong vườn", {}),
    ("8.000005", "Cấp giấy phép nuôi ong có yếu tố nước ngoài", {}),
    ("8.000006", "Công nhận nghệ nhân nấu chè", {"is_province": True}),
    ("8.000007", "Công nhận nghệ nhân nấu chè", {"is_ward": True}),
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
