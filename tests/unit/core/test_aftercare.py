"""What surrounds the answers: codes, typed forms, when to ask, what is remembered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.aftercare import codes, completion, feedback
from core.aftercare.memory import Asked, Memory
from core.aftercare.notices import PublicNotice, concerning
from core.aftercare.typed import meant
from core.conversation import MAX_CHOICE_BYTES
from core.guides import GuideKind, Section
from core.handoff import new_case_code
from core.knowledge import Knowledge
from core.messages import Choice, Outcome
from core.privacy import mask
from core.search import words_of
from core.text import clean

NOW = datetime(2026, 7, 1, 3, 0, tzinfo=UTC)  # ten in the morning in Việt Nam
_DONE = [("d:y:a", "Rồi"), ("d:n:a:3", "Chưa"), ("d:k:a:3", "Tôi bị kẹt"), ("quiet", "Đừng nhắn nữa")]
_HELPED = [("g:a:fee", "Lệ phí bao nhiêu?"), ("f:y:a:documents", "Giúp được"), ("f:n:a:documents", "Chưa giúp được")]


def _meant(text: str, knowledge: Knowledge, offered: list[tuple[str, str]] | None = None, *, walking: bool = False) -> str | None:
    masked = mask(clean(text)).text
    return meant(masked, words_of(masked, knowledge.lexicon), offered or [], walking=walking)


# resume codes


def test_codes_are_found_however_they_are_typed() -> None:
    """With and without dashes, in small letters, in a sentence; what the masking of a message leaves of it is whole."""
    for _ in range(200):
        code = codes.new_code()
        plain = code.replace("-", "")
        forms = (
            code,
            plain,
            code.lower(),
            code.replace("-", " "),
            " ".join(plain),
            f"ma tiep tuc la {plain.lower()} nha",
            f"“{code}”.",
        )
        for form in forms:
            masked = mask(clean(form))
            assert not masked.found
            assert codes.find_code(masked.text) == code


def test_case_codes_and_words_are_no_resume_codes(knowledge: Knowledge) -> None:
    """A case code has another shape, and nothing people write looks like a code."""
    for _ in range(500):
        assert codes.find_code(new_case_code()) is None
    for guide in knowledge.guides.values():
        for name in (guide.title, *guide.aliases, *guide.needs):
            assert codes.find_code(name) is None


@given(st.text(alphabet="abcdhkmnt0123456789 -./", max_size=40))
def test_a_code_is_never_found_inside_a_longer_word(text: str) -> None:
    """What is found is read back as itself."""
    found = codes.find_code(text)
    assert found is None or codes.find_code(found) == found
    assert codes.find_code(f"x{codes.new_code()}x1") is None


def test_codes_are_many_and_stored_as_digests() -> None:
    """No two alike in a thousand; a digest tells nothing and is the same every time."""
    made = {codes.new_code() for _ in range(1000)}
    assert len(made) == 1000
    code = made.pop()
    assert codes.digest(code) == codes.digest(code)
    assert code not in codes.digest(code)


def test_five_wrong_codes_an_hour_are_the_most() -> None:
    """An hour later one may try again."""
    memory = Memory()
    for minute in range(5):
        assert memory.may_try_code(NOW)
        memory = memory.with_wrong_code(NOW + timedelta(minutes=minute))
    assert not memory.may_try_code(NOW + timedelta(minutes=30))
    assert memory.may_try_code(NOW + timedelta(minutes=61))


# typed forms


@pytest.mark.parametrize(
    "text",
    ["Đừng nhắn nữa", "dung nhan nua", "đừng nhắn tin cho tui nữa", "khỏi nhắc nữa hí", "đừng nhắn chi nữa nghe", "ko nhắn nữa",
     "thôi đừng nhắc nữa nha", "đừng làm phiền nữa", "tắt nhắc nhở", "dừng nhắn", "DỪNG NHẮC", "k cần nhắc nữa", "dung nt nua"],
)  # fmt: skip
def test_wanting_no_messages_is_heard_in_any_form(text: str, knowledge: Knowledge) -> None:
    """Accented or not, in dialect and teencode, at any moment."""
    assert _meant(text, knowledge) == "quiet"
    assert _meant(text, knowledge, _DONE) == "quiet"


@pytest.mark.parametrize(
    "text", ["luu lai", "Lưu lại để làm sau", "lưu lại mai làm tiếp", "mã tiếp tục", "cho tui ma tiep tuc", "lưu"]
)
def test_saving_is_heard_in_any_form(text: str, knowledge: Knowledge) -> None:
    """Also outside a walk, where the answer says that there is nothing to save."""
    assert _meant(text, knowledge) == "save"


def test_going_on_later_means_saving_only_while_walking(knowledge: Knowledge) -> None:
    """Elsewhere the words mean something else."""
    for text in ("mai làm tiếp", "de lat lam", "hôm khác làm tiếp nghe", "làm tiếp sau"):
        assert _meant(text, knowledge, walking=True) == "save"
        assert _meant(text, knowledge) is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [("rồi", "d:y"), ("xong r", "d:y"), ("da lam xong roi", "d:y"), ("chưa", "d:n"), ("chua xong mô", "d:n"),
     ("vẫn chưa làm được", "d:n"),
     ("kẹt rồi", "d:k"), ("k dc", "d:k"), ("2", "d:n"), ("cái đầu", "d:y"), ("toi bi ket", "d:k")],
)  # fmt: skip
def test_the_question_whether_it_is_done_is_answered_by_typing(text: str, kind: str, knowledge: Knowledge) -> None:
    """And only where it was asked."""
    assert (_meant(text, knowledge, _DONE) or "").startswith(kind)
    assert _meant(text, knowledge) is None


def test_a_verdict_is_typed(knowledge: Knowledge) -> None:
    """By its label, its place, or in other words."""
    for text in ("giup duoc", "2", "có ích"):
        assert _meant(text, knowledge, _HELPED) == "f:y:a:documents"
    for text in ("chưa giúp được", "không giúp được gì", "so 3"):
        assert _meant(text, knowledge, _HELPED) == "f:n:a:documents"


@pytest.mark.parametrize(
    "text",
    ["có người nhắn tin đòi mã OTP", "em không nhận được mã xác nhận", "đừng nhắn cho em mã OTP nữa là sao", "lưu trú là gì",
     "mất mã hồ sơ", "mã số thuế", "đăng ký lưu trú", "mai làm căn cước ở đâu"],
)  # fmt: skip
def test_questions_are_left_to_the_dialogue(text: str, knowledge: Knowledge) -> None:
    """A form counts as a whole message only."""
    for offered in ([], _DONE, _HELPED):
        assert _meant(text, knowledge, offered, walking=True) is None


# when it is asked


@given(st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2030, 1, 1), timezones=st.just(UTC)))
def test_nobody_is_written_to_at_night(now: datetime) -> None:
    """A day later at the earliest, a day and twelve hours at the latest, between eight and twenty o'clock in Việt Nam."""
    due = completion.due_after(now)
    hour = (due + timedelta(hours=7)).hour
    assert 8 <= hour < 20
    assert timedelta(hours=24) <= due - now <= timedelta(hours=36)


def test_choice_ids_fit_into_a_button(knowledge: Knowledge) -> None:
    """For the longest guide id there may be."""
    for guide in knowledge.guides.values():
        long = guide.model_copy(update={"id": "x" * 44})
        choices: list[Choice] = [*completion.question(long, 12).choices]
        choices += [choice for section in Section for choice in feedback.feedback_choices(long, section)]
        assert max(len(choice.id.encode()) for choice in choices) <= MAX_CHOICE_BYTES


def test_feedback_is_asked_where_something_was_settled(knowledge: Knowledge) -> None:
    """A section, a topic's summary, the end of a walk; not a summary, a step, a question back or what is not known."""
    procedure, topic = (
        knowledge.guides["dang_ky_tam_tru"],
        next(guide for guide in knowledge.guides.values() if guide.kind is GuideKind.TOPIC),
    )

    def asked(outcome: Outcome, guide: str, section: Section, *, done: bool = False) -> bool:
        return feedback.worth_asking(outcome, knowledge.guides[guide], section, walk_done=done)

    assert asked(Outcome.ANSWERED, procedure.id, Section.FEE)
    assert asked(Outcome.ANSWERED, topic.id, Section.SUMMARY)
    assert asked(Outcome.STEP, procedure.id, Section.STEPS, done=True)
    assert not asked(Outcome.ANSWERED, procedure.id, Section.SUMMARY)
    assert not asked(Outcome.STEP, procedure.id, Section.STEPS)
    assert not asked(Outcome.SAFETY, topic.id, Section.SUMMARY)
    without = procedure.model_copy(update={"sections": procedure.sections.model_copy(update={"fee": ()})})
    assert not feedback.worth_asking(Outcome.ANSWERED, without, Section.FEE, walk_done=False)


def test_what_did_not_help_leads_to_other_topics_and_a_person(knowledge: Knowledge) -> None:
    """Before the reason is told and after; never back to the same guide, never more buttons than Telegram shows."""
    for guide in knowledge.guides.values():
        for reason in (None, "unclear"):
            choices = feedback.why(knowledge, guide, Section.DOCUMENTS, reason).replies[-1].choices
            ids = [choice.id for choice in choices]
            assert "human" in ids
            assert any(choice_id.startswith("g:") for choice_id in ids)
            assert f"g:{guide.id}" not in ids
            assert len(choices) <= 8
            assert (sum(choice_id.startswith("f:") for choice_id in ids) == len(feedback.REASONS)) == (reason is None)


# notices


def test_a_notice_is_for_those_it_concerns() -> None:
    """By guide, by ward, by both, or for all; once; not after its time."""
    later = NOW + timedelta(hours=1)
    notices = [
        PublicNotice(1, "mọi người", later),
        PublicNotice(2, "tạm trú", later, guide="tam_tru"),
        PublicNotice(3, "Thuận Hóa", later, ward="thuan-hoa"),
        PublicNotice(4, "cả hai", later, guide="tam_tru", ward="thuan-hoa"),
        PublicNotice(5, "hết hạn", NOW),
    ]

    def ids(guide: str | None, ward: str | None, shown: tuple[int, ...] = ()) -> list[int]:
        return [notice.id for notice in concerning(notices, guide, ward, shown, NOW)]

    assert ids(None, None) == [1]
    assert ids("tam_tru", None) == [1, 2]
    assert ids(None, "thuan-hoa") == [1, 3]
    assert ids("tam_tru", "thuan-hoa", (1,)) == [2, 3, 4]
    assert ids("khac", "khac", (1,)) == []


# what is remembered


def test_memory_is_read_back_and_stays_small() -> None:
    """Empty parts take no room, long lists lose their oldest entries."""
    memory = Memory((("g:a", "A"),), (Asked("a", "fee", 3),), (1, 2), (NOW.isoformat(),))
    assert Memory.from_json(memory.as_json()) == memory
    assert Memory().as_json() == {}
    long = Memory(asked=tuple(Asked(f"g{n}", "fee", n) for n in range(200)))
    assert [asked.message_id for asked in Memory.from_json(long.as_json()).asked] == list(range(150, 200))
