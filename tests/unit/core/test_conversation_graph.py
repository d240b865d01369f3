"""The whole conversation as a graph: every button followed from the greeting on, and random walks through it."""

from __future__ import annotations

import random
from collections import defaultdict
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from core import texts
from core.branches import UNSURE, remember, seen
from core.conversation import MAX_CHOICE_BYTES, ConversationState
from core.dialogue import Dialogue
from core.guides import MAX_WORDS, Guide, Section
from core.messages import Outcome, Response
from core.stuck import causes
from core.understanding import ASPECTS, CONTEXT, DIALOGUE_INTENTS, NOTHING, Understanding
from tests.unit.making import understood, words_in

Place = tuple[str, tuple[tuple[str, str], ...]]
"""A choice, and the cases told that matter to its guide."""


def _place(choice: str, state: ConversationState) -> Place:
    guide = choice.split(":")[1] if ":" in choice else ""
    return choice, tuple(pair for pair in state.branches if pair[0] == guide)


@cache
def _crawled(dialogue: Dialogue) -> dict[Place, Response]:
    """What follows every button that can be reached by tapping alone."""
    reached: dict[Place, Response] = {}
    ahead: list[Place] = [("start", ())]
    while ahead:
        place = ahead.pop()
        if place in reached:
            continue
        response, after = dialogue.choose(place[0], ConversationState(branches=place[1]))
        reached[place] = response
        ahead += [_place(choice.id, after) for reply in response.replies for choice in reply.choices]
    return reached


def test_every_reply_is_short_and_has_a_way_on(dialogue: Dialogue) -> None:
    """From the greeting to the last cure of the last step: no dead end, no button out of date, no long message."""
    crawled = _crawled(dialogue)
    assert len(crawled) > 10_000
    for (choice, _), response in crawled.items():
        assert response.outcome in set(Outcome)
        assert response.replies[-1].choices, choice
        assert texts.CHOICE_EXPIRED not in {reply.text for reply in response.replies}, choice
        for reply in response.replies:
            assert words_in(reply.text) <= MAX_WORDS, (choice, reply.text)
            assert all(len(offered.id.encode()) <= MAX_CHOICE_BYTES for offered in reply.choices), choice
            labels = [offered.label for offered in reply.choices]
            assert len(set(labels)) == len(labels), (choice, labels)


def test_a_person_and_the_topics_are_never_far(dialogue: Dialogue) -> None:
    """From every reply, one or two taps lead to both."""
    crawled = _crawled(dialogue)
    offered = {choice: {c.id for reply in made.replies for c in reply.choices} for (choice, _), made in crawled.items()}
    near = {"human", "x"}
    for choice, there in offered.items():
        two_away = set().union(*(offered.get(next_choice, set()) for next_choice in there)) | there
        assert any(choice_id.split(":")[0] in near for choice_id in two_away), choice


def test_every_guide_step_and_cause_is_reached_by_tapping(dialogue: Dialogue) -> None:
    """In every case of a branch: all steps, and at each of them all causes and the way to a person."""
    reached: dict[str, set[str]] = defaultdict(set)
    for choice, _ in _crawled(dialogue):
        kind, *rest = choice.split(":")
        if rest:
            reached[rest[0]].add(":".join([kind, *rest[1:]]))
    for guide in dialogue.knowledge.guides.values():
        mine = reached[guide.id]
        assert "g" in mine, guide.id
        for case in _cases(guide):
            for n in range(1, len(case.sections.steps) + 1):
                assert {f"s:{n}", f"k:{n}", f"x:{n}"} <= mine, (guide.id, n)
                missing = {f"k:{n}:{key}" for key in causes(dialogue.knowledge, case, n)} - mine
                assert not missing, (guide.id, n, missing)


def _cases(guide: Guide) -> list[Guide]:
    if guide.branch is None:
        return [guide]
    answers = [option.id for option in guide.branch.options if not option.guide] + [UNSURE]
    return [seen(guide, remember(guide, answer, ConversationState())) for answer in answers]


# random walks

_SAID = tuple(
    said.strip()
    for said in """
xong r | tiep | ko dc | kẹt rồi | quay lai buoc truoc | bước 3 làm lại | buoc 2 | rồi | không | ừ | 1 | 2 | số 3 | cái
đầu | cuối cùng | nhắc lại | khoan đã | thôi để mai | làm tiếp | từ đầu | đang ở bước mấy | cảm ơn | chào bạn | bạn là
ai | đồ ngu | gặp cán bộ | lệ phí bao nhiêu | cần giấy tờ gì | mấy ngày xong | nộp ở mô | làm hộ chiếu cho bé 8 tuổi |
đăng ký tạm trú | sang tên xe | mất căn cước | bé nhà tôi 8 tuổi | tui bán xe | độc thân | mã otp mãi không về | trang
quay mãi | tui dùng iphone | có người gọi bảo đọc mã otp | nhà đang cháy cứu với | xóa tin nhắn của tôi | có | 👍 | ... |
hello how are you my friend | trời hôm nay đẹp | mệ hỏi cái ni | asdf qwer | /start | mới sinh con cần làm những giấy tờ
gì
""".replace("\n", " ").split("|")
)
_INTENTS = (*sorted(DIALOGUE_INTENTS), *ASPECTS, "out_of_scope", "topic_lua_dao", "topic_khong_nhan_otp")


def _fake(dialogue: Dialogue, text: str, dice: random.Random) -> tuple[str, Understanding]:
    """Quick, and as wrong as a classifier can be."""
    intent, chance = dice.choice(_INTENTS), dice.choice((0.2, 0.5, 0.9, 0.99))
    guides = {dice.choice((*dialogue.knowledge.guides, CONTEXT, NOTHING)): dice.random()}
    aspects = {dice.choice(tuple(Section)): dice.random()}
    said = understood(text, {intent: chance}, guides=guides, aspects=aspects, lexicon=dialogue.knowledge.lexicon)
    return intent, said


@given(st.integers(0, 2**32))
@settings(max_examples=12)
def test_two_hundred_random_taps_and_messages_never_derail_the_conversation(dialogue: Dialogue, seed: int) -> None:
    """No exception, one outcome each, no reply three times in a row, never three "chưa hiểu", and a memory that stays small."""
    dice = random.Random(seed)
    state = ConversationState()
    said: list[tuple[str, ...]] = []
    shown = ["start", "m", "l"]
    misses = 0
    for _ in range(200):
        if dice.random() < 0.6:
            response, state = dialogue.choose(dice.choice(shown), state)
        else:
            intent, understanding = _fake(dialogue, dice.choice(_SAID), dice)
            response, state = dialogue.respond(intent, understanding, state)
        assert response.outcome in set(Outcome)
        assert response.replies
        assert response.replies[-1].choices
        assert all(words_in(reply.text) <= MAX_WORDS for reply in response.replies)
        said.append(tuple(f"{reply.text} {[choice.label for choice in reply.choices]}" for reply in response.replies))
        assert len(set(said[-3:])) > 1 or len(said) < 3
        misses = misses + 1 if texts.NOT_UNDERSTOOD in response.replies[-1].text else 0
        assert misses <= 2
        shown = [choice.id for reply in response.replies for choice in reply.choices] or shown
        assert len(str(state.as_memory())) < 6_000
