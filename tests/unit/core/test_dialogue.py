"""The conversation's rules over the guides we ship, with scripted understanding instead of a model."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core import texts
from core.branches import UNSURE, remember, seen
from core.conversation import MAX_CHOICE_BYTES, ConversationState
from core.dialogue import Dialogue, Said
from core.guides import MAX_WORDS, Guide, GuideKind, Section
from core.handoff import new_case_code
from core.knowledge import Knowledge
from core.menu import PAGE
from core.messages import Choice, Outcome, Response
from core.stuck import causes
from core.understanding import CONTEXT, DIALOGUE_INTENTS
from tests.unit.making import understood, words_in

_START = ConversationState()
_WALKING = ConversationState(
    guide="dang_ky_tam_tru",
    section="steps",
    walk="dang_ky_tam_tru",
    step=2,
    misses=1,
    offered=(("none", "Không"),),
    last="s:dang_ky_tam_tru:2",
)


def _choices(response: Response) -> list[Choice]:
    return [choice for reply in response.replies for choice in reply.choices]


def _ids(response: Response) -> list[str]:
    return [choice.id for choice in _choices(response)]


def _move(dialogue: Dialogue, intent: str, state: ConversationState, text: str = "dạ hoắc") -> Said:
    """What follows when the classifier is sure of an intent of the conversation itself."""
    return dialogue.respond(intent, understood(text, {intent: 0.98}, guides={CONTEXT: 0.95}), state)


def _labelled(response: Response, label: str) -> str:
    return next(choice.id for choice in _choices(response) if choice.label == label)


def _with_steps(knowledge: Knowledge) -> list[Guide]:
    guides = [made for made in knowledge.guides.values() if made.sections.steps]
    assert len(guides) > 100
    return guides


def _cases(knowledge: Knowledge) -> list[tuple[Guide, ConversationState]]:
    """Every guide with steps, as each case of its branch sees it, and the memory in which it does."""
    walks = []
    for guide in _with_steps(knowledge):
        answers = [option.id for option in guide.branch.options if not option.guide] + [UNSURE] if guide.branch else []
        states = [remember(guide, answer, _START) for answer in answers] or [_START]
        walks += [(seen(guide, state), state) for state in states]
    return walks


# choices


def test_menu_pages_lead_to_every_guide(dialogue: Dialogue) -> None:
    """Whoever only taps can reach everything."""
    seen, reached, ahead = set[str](), set[str](), ["m"]
    while ahead:
        choice = ahead.pop()
        if choice in seen:
            continue
        seen.add(choice)
        response, _ = dialogue.choose(choice, _START)
        assert len(response.replies[-1].choices) <= PAGE + 3
        for choice_id in _ids(response):
            if choice_id.startswith("m"):
                ahead.append(choice_id)
            elif choice_id.startswith("g:"):
                reached.add(choice_id.split(":")[1])
    assert reached == set(dialogue.knowledge.guides)


def test_every_menu_group_opens_its_own_page(dialogue: Dialogue) -> None:
    """No button of the menu leads back to the menu."""
    for area, title in texts.AREA_TITLES.items():
        response, state = dialogue.choose(f"m:{area}", _START)
        assert response.replies[0].text == texts.AREA_TEXT.format(area=title)
        assert state.last == f"m:{area}:0"


def test_last_menu_page_leads_to_the_first(dialogue: Dialogue) -> None:
    """The button for more goes round."""
    response, state = dialogue.choose("m", _START)
    first = _ids(response)
    pages = 1
    while (more := _labelled(response, texts.MORE)) and pages < 20:
        response, state = dialogue.choose(more, state)
        if _ids(response) == first:
            break
        pages += 1
    assert pages == -(-len(texts.AREA_TITLES) // PAGE)


def test_every_guide_is_walked_from_first_to_last_and_back(dialogue: Dialogue) -> None:
    """One button each way at every step; the end says so; nothing is skipped. Each case of a branch has its own walk."""
    for guide, state in _cases(dialogue.knowledge):
        total = len(guide.sections.steps)
        response, state = dialogue.choose(f"s:{guide.id}:1", state)
        for n in range(1, total + 1):
            assert (response.outcome, response.guide, state.step) == (Outcome.STEP, guide.id, n)
            said = " ".join(reply.text for reply in response.replies)
            assert texts.STEP.format(n=n, total=total, do=guide.sections.steps[n - 1].do) in said
            response, state = dialogue.choose(_labelled(response, texts.DONE), state)
        assert response.replies[0].text.startswith(texts.WALK_DONE.format(title=guide.title))
        assert state.step is None
        response, state = dialogue.choose(f"s:{guide.id}:{total}", state)
        for n in range(total - 1, 0, -1):
            response, state = dialogue.choose(_labelled(response, texts.BACK), state)
            assert state.step == n
        assert texts.BACK not in {choice.label for choice in _choices(response)}


def test_every_step_offers_its_known_causes_and_a_person(dialogue: Dialogue) -> None:
    """Each cause, page by page, leads to its cure, from which one can go on, ask again or get a person."""
    for guide, start in _cases(dialogue.knowledge):
        for n, step in enumerate(guide.sections.steps, 1):
            walked, state = dialogue.choose(f"s:{guide.id}:{n}", start)
            offered: list[Choice] = []
            page: str | None = _labelled(walked, texts.STUCK)
            while page:
                stuck, state = dialogue.choose(page, state)
                assert (stuck.outcome, stuck.section, state.step) == (Outcome.STEP, Section.PROBLEMS.value, n)
                assert {f"x:{guide.id}:{n}", f"s:{guide.id}:{n}"} <= set(_ids(stuck))
                assert len(_ids(stuck)) <= PAGE + 2
                offered += [choice for choice in _choices(stuck) if choice.label != texts.OTHER_ERRORS and choice.id[0] == "k"]
                more = [choice.id for choice in _choices(stuck) if choice.label == texts.OTHER_ERRORS]
                page = more[0] if more and not more[0].endswith("+0") else None
            known = causes(dialogue.knowledge, guide, n)
            assert {choice.label for choice in offered} == {trouble.cause for trouble in known.values()}
            assert {trouble.cause for trouble in step.stuck} <= {choice.label for choice in offered}
            for choice in offered:
                cured, after = dialogue.choose(choice.id, state)
                assert known[choice.id.rsplit(":", 1)[1]].cure in cured.replies[0].text
                assert after.step == n
                assert {f"s:{guide.id}:{n}", f"k:{guide.id}:{n}", "human"} <= set(_ids(cured))


def test_no_reply_to_any_button_is_longer_than_60_words(dialogue: Dialogue) -> None:
    """Walks, stuck menus and cures of every guide."""
    long = set()
    for guide in _with_steps(dialogue.knowledge):
        for n in range(1, len(guide.sections.steps) + 1):
            for choice in (
                f"s:{guide.id}:{n}",
                f"k:{guide.id}:{n}",
                *(f"k:{guide.id}:{n}:{key}" for key in causes(dialogue.knowledge, guide, n)),
                f"s:{guide.id}:{n + 1}",
            ):
                response, _ = dialogue.choose(choice, _START)
                long |= {choice for reply in response.replies if words_in(reply.text) > MAX_WORDS}
    assert long == set()


_odd_numbers = st.one_of(st.integers(-3, 40).map(str), st.sampled_from(["", "²", "٣", "1e3", " 1", "0x1", "9" * 30, "-0"]))
_forged = st.builds(
    lambda kind, parts: ":".join([kind, *parts]),
    st.sampled_from(["g", "s", "k", "m", "none", "human", "start", "delete?", "keep", "x", ""]),
    st.lists(
        st.one_of(
            st.sampled_from(["dang_ky_tam_tru", "khong_nhan_otp", "ho_tich", "fee", "steps", "bia"]),
            _odd_numbers,
            st.text(max_size=5),
        ),
        max_size=4,
    ),
)


@given(
    st.one_of(st.text(max_size=80), _forged),
    st.sampled_from([_START, _WALKING]),
)
@example("s:dang_ky_tam_tru:" + "9" * 5000, _START)
@example("k:dang_ky_tam_tru:1:" + "9" * 5000, _START)
@example("m:ho_tich:" + "9" * 5000, _START)
def test_any_string_as_choice_gives_one_outcome_and_something_to_read(
    dialogue: Dialogue, choice: str, state: ConversationState
) -> None:
    """Buttons of another release and forged ids never raise, and what is remembered can be stored."""
    response, after = dialogue.choose(choice, state)
    assert response.outcome in set(Outcome)
    assert all(reply.text.strip() for reply in response.replies)
    assert response.replies
    assert ConversationState.from_memory(json.loads(json.dumps(after.as_memory()))) == after
    again, _ = dialogue.choose(after.last or "m", after)
    assert again.replies


def test_unknown_choice_is_admitted_politely(dialogue: Dialogue) -> None:
    """With the way to the topics and to a person."""
    for choice in ("", "x:1", "g:khong_co", "k:dang_ky_tam_tru:1:2:3"):
        response, _ = dialogue.choose(choice, _START)
        assert response.outcome is Outcome.FALLBACK
        assert response.replies[0].text == texts.CHOICE_EXPIRED
        assert {"m", "human"} <= set(_ids(response))


def test_every_choice_the_bot_ever_offers_is_one_it_understands(dialogue: Dialogue) -> None:
    """Followed from the menu and from every section, no button is out of date, and all fit every channel."""
    ahead = [
        "m",
        "start",
        "none",
        "delete?",
        *(f"g:{guide}:{section.value}" for guide in dialogue.knowledge.guides for section in Section),
    ]
    seen: set[str] = set()
    while ahead:
        choice = ahead.pop()
        if choice in seen:
            continue
        seen.add(choice)
        response, _ = dialogue.choose(choice, _START)
        assert texts.CHOICE_EXPIRED not in {reply.text for reply in response.replies}, choice
        assert all(len(found.encode()) <= MAX_CHOICE_BYTES for found in _ids(response)), choice
        ahead += _ids(response)
    assert len(seen) > 1000


# typed answers to what was offered


def test_typed_number_picks_what_was_offered(dialogue: Dialogue) -> None:
    """Typing is tapping: by number and by label, with or without accents."""
    _, state = dialogue.choose("m:cu_tru", _START)
    second = state.offered[1]
    for text in ("2", "số 2", second[1], "cái thứ hai"):
        typed = dialogue.respond("ask_fee", understood(text, {"ask_fee": 0.9}), state)
        assert typed == dialogue.choose(second[0], state)


def test_number_picks_nothing_once_something_else_was_offered(dialogue: Dialogue) -> None:
    """Choices are those of the last reply."""
    _, state = dialogue.choose("m:cu_tru", _START)
    old = set(state.offered)
    _, state = _move(dialogue, "thanks", state)
    assert {choice_id for choice_id, _ in state.offered} == {"m", "human"}
    assert old != set(state.offered)


# the conversation itself


def test_every_intent_of_the_conversation_has_a_move(dialogue: Dialogue) -> None:
    """None of them raises or falls through, from an empty conversation and from the middle of a walk."""
    _, walking = dialogue.choose("s:dang_ky_tam_tru:2", _START)
    for intent in sorted(DIALOGUE_INTENTS):
        for state in (_START, walking):
            response, _ = _move(dialogue, intent, state)
            assert response.outcome in {Outcome.SMALLTALK, Outcome.STEP, Outcome.ANSWERED, Outcome.HANDOFF}, intent


def test_walk_goes_on_by_typing(dialogue: Dialogue) -> None:
    """Next, back, repeat, stuck, yes and no move within the walk."""
    _, state = dialogue.choose("s:dang_ky_tam_tru:1", _START)
    for intent, step in (("next_step", 2), ("affirm", 3), ("previous_step", 2), ("repeat", 2), ("next_step", 3)):
        response, state = _move(dialogue, intent, state)
        assert (response.outcome, state.step) == (Outcome.STEP, step)
    for intent in ("stuck", "deny"):
        response, state = _move(dialogue, intent, state)
        assert (response.section, state.step) == (Section.PROBLEMS.value, 3)


def test_walk_is_offered_again_after_a_question_in_between(dialogue: Dialogue) -> None:
    """Asking the fee, saying thanks or opening the same guide does not lose the place."""
    _, walking = dialogue.choose("s:dang_ky_tam_tru:2", _START)
    for said in (
        dialogue.choose("g:dang_ky_tam_tru:fee", walking),
        _move(dialogue, "thanks", walking),
        _move(dialogue, "bot_identity", walking),
    ):
        response, after = said
        assert "s:dang_ky_tam_tru:2" in _ids(response)
        assert after.step == 2


def test_another_guide_in_between_leaves_the_way_back_into_the_walk(dialogue: Dialogue) -> None:
    """A question about something else is answered, and the step shown before is offered again."""
    _, walking = dialogue.choose("s:dang_ky_tam_tru:2", _START)
    response, after = dialogue.choose("g:dang_ky_ket_hon:fee", walking)
    assert (after.walk, after.step) == ("dang_ky_tam_tru", 2)
    assert "s:dang_ky_tam_tru:2" in _ids(response)


def test_repeat_says_the_same_again(dialogue: Dialogue) -> None:
    """After an answer, a step, a cure and a menu; the third time it is called a repetition."""
    for choice in (
        "g:dang_ky_tam_tru:fee",
        "s:dang_ky_tam_tru:2",
        "k:dang_ky_tam_tru:1:0",
        "k:dang_ky_tam_tru:1",
        "m:ho_tich",
        "m",
    ):
        first, state = dialogue.choose(choice, _START)
        for _ in range(2):
            again, state = _move(dialogue, "repeat", state)
            assert again.replies[-len(first.replies) :] == first.replies
        assert again.replies[0].text == texts.REPEATING


def test_delete_needs_a_yes(dialogue: Dialogue) -> None:
    """Asked first; yes deletes, no keeps, anything else forgets the question."""
    asked, pending = _move(dialogue, "delete_data", _START)
    assert _ids(asked) == ["delete", "keep"]
    assert not asked.forget
    for yes in (
        _move(dialogue, "affirm", pending),
        dialogue.choose("delete", pending),
        dialogue.respond("greet", understood("đồng ý xóa"), pending),
    ):
        assert yes[0].forget
        assert yes[1] == ConversationState()
    for no in (
        _move(dialogue, "deny", pending),
        dialogue.choose("keep", pending),
        dialogue.respond("greet", understood("khong xoa"), pending),
    ):
        assert not no[0].forget
        assert no[0].replies[0].text == texts.KEPT
    _, after = _move(dialogue, "thanks", pending)
    response, _ = _move(dialogue, "affirm", after)
    assert not response.forget


def test_yes_takes_the_first_of_the_guides_asked_about(dialogue: Dialogue) -> None:
    """And no leads to "none of these"."""
    state = ConversationState(
        offered=(("g:dang_ky_tam_tru:fee", "Tạm trú"), ("g:dang_ky_thuong_tru", "Thường trú"), ("none", texts.NONE_OF_THESE))
    )
    response, _ = _move(dialogue, "affirm", state)
    assert (response.guide, response.section) == ("dang_ky_tam_tru", "fee")
    response, _ = _move(dialogue, "deny", state)
    assert response.outcome is Outcome.FALLBACK


# giving up


def test_second_miss_in_a_row_opens_a_case(dialogue: Dialogue) -> None:
    """First admitted, with the way out; then a person, with a code, and the count starts again."""
    first, state = dialogue.choose("none", _START)
    assert first.outcome is Outcome.FALLBACK
    assert {"m", "human"} <= set(_ids(first))
    second, state = dialogue.choose("none", state)
    assert second.outcome is Outcome.HANDOFF
    assert second.case is not None
    assert second.case.code in second.replies[0].text
    third, _ = dialogue.choose("none", state)
    assert third.outcome is Outcome.FALLBACK


@pytest.mark.parametrize("choice", ["g:dang_ky_tam_tru", "s:dang_ky_tam_tru:1", "k:dang_ky_tam_tru:1", "start"])
def test_an_answer_between_two_misses_starts_the_count_again(dialogue: Dialogue, choice: str) -> None:
    """Two misses in a row, not two in a lifetime."""
    _, state = dialogue.choose("none", _START)
    _, state = dialogue.choose(choice, state)
    response, _ = dialogue.choose("none", state)
    assert response.outcome is Outcome.FALLBACK


@pytest.mark.parametrize("intent", ["thanks", "menu", "bot_identity"])
def test_courtesy_between_two_misses_starts_the_count_again(dialogue: Dialogue, intent: str) -> None:
    """A message that was understood stands between them."""
    _, state = dialogue.choose("none", _START)
    _, state = _move(dialogue, intent, state)
    response, _ = dialogue.choose("none", state)
    assert response.outcome is Outcome.FALLBACK


def test_person_comes_when_asked_for(dialogue: Dialogue) -> None:
    """By button and by words; each case has its own code."""
    tapped, _ = dialogue.choose("human", _START)
    typed, _ = _move(dialogue, "human", _START)
    assert tapped.outcome is typed.outcome is Outcome.HANDOFF
    assert tapped.case is not None
    assert typed.case is not None
    assert tapped.case.reason == typed.case.reason == "asked"
    assert tapped.case.code != typed.case.code


def test_case_codes_can_be_read_aloud_and_do_not_repeat() -> None:
    """Two groups of four signs that are not mistaken for one another."""
    codes = {new_case_code() for _ in range(500)}
    assert len(codes) == 500
    assert all(re.fullmatch(r"[2-9A-Z]{4}-[2-9A-Z]{4}", code) for code in codes)
    assert not set("".join(codes)) & set("01OILSBZ")


def test_message_without_words_asks_for_words(dialogue: Dialogue) -> None:
    """Stickers and emoji arrive as empty text."""
    for text in ("", "👍👍", "...", "\n"):
        response, _ = dialogue.respond(None, understood(text), _START)
        assert response.outcome is Outcome.FALLBACK
        assert response.replies[0].text == texts.EMPTY


# answers


def test_ward_is_remembered_and_survives_a_fresh_start(dialogue: Dialogue) -> None:
    """Named once, it stays with the conversation."""
    _, state = dialogue.respond(
        "thanks", understood("cảm ơn, tôi ở Thuận Hóa", {"thanks": 0.98}, entities=(("ward", "hue-thuan-hoa"),)), _START
    )
    assert state.ward == "hue-thuan-hoa"
    _, state = dialogue.choose("start", replace(state, guide="dang_ky_tam_tru", step=2))
    assert (state.ward, state.guide, state.step) == ("hue-thuan-hoa", None, None)


def test_section_a_procedure_lacks_is_admitted_with_whom_to_ask(dialogue: Dialogue) -> None:
    """Never an empty message, never a guess."""
    for guide in dialogue.knowledge.guides.values():
        for section in Section:
            if guide.has(section) or guide.kind is GuideKind.TOPIC:
                continue
            response, _ = dialogue.choose(f"g:{guide.id}:{section.value}", _START)
            assert texts.UNKNOWN_SECTION[section] in response.replies[0].text
            assert texts.ASK_ON_THE_SPOT in response.replies[0].text


def test_topic_without_the_section_shows_its_summary(dialogue: Dialogue) -> None:
    """A topic has no fee; its summary is the nearest true thing."""
    for guide in dialogue.knowledge.guides.values():
        if guide.kind is GuideKind.TOPIC and not guide.has(Section.FEE):
            response, state = dialogue.choose(f"g:{guide.id}:fee", _START)
            assert response.section == Section.SUMMARY.value
            assert state.section == Section.SUMMARY.value


def test_every_sentence_of_the_bot_itself_is_short() -> None:
    """The limit of the guides holds for courtesy, too."""
    sentences = {name: text for name, text in vars(texts).items() if name.isupper() and isinstance(text, str)}
    assert len(sentences) > 40
    assert {name for name, text in sentences.items() if words_in(text) > MAX_WORDS} == set()
