"""The guide format: what is refused and how that is said, what is read back as written, and the guides we ship."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.settings import ROOT
from core import stuck
from core.answers import done_replies, section_replies, step_replies
from core.conversation import MAX_CHOICE_BYTES, ConversationState
from core.errors import ContentError
from core.guides import MAX_WORDS, Guide, GuideKind, Section, load_guide, load_guides
from core.knowledge import Knowledge
from core.messages import Reply
from tests.unit.making import RAW_GUIDE, guide, raw_guide, words_in, write_guide

_MISSING = object()


def _changed(place: str, value: Any) -> dict[str, Any]:
    """The raw guide with one field, named by its path, set (or removed)."""
    raw = raw_guide()
    target: Any = raw
    *way, last = place.split(".")
    for part in way:
        target = target[int(part)] if part.isdigit() else target[part]
    key: Any = int(last) if last.isdigit() else last
    if value is _MISSING:
        del target[key]
    else:
        target[key] = value
    return raw


def _problems(tmp_path: Path, raw: Any, name: str | None = None) -> list[str]:
    with pytest.raises(ContentError) as caught:
        load_guide(write_guide(tmp_path, raw, name))
    return caught.value.problems


def test_the_guide_these_tests_start_from_is_valid(tmp_path: Path) -> None:
    """Otherwise every refusal below would prove nothing."""
    assert load_guide(write_guide(tmp_path, raw_guide())) == guide()


# refusals


@pytest.mark.parametrize(
    ("place", "value", "field", "cure"),
    [
        ("title", _MISSING, "title", "add it"),
        ("sources", _MISSING, "sources", "add it"),
        ("sections.summary", _MISSING, "sections.summary", "add it"),
        ("sections.steps.0.do", _MISSING, "sections.steps.0.do", "add it"),
        ("titel", "x", "titel", "check its spelling"),
        ("sections.fees", "x", "sections.fees", "check its spelling"),
        ("sections.steps.0.se", "x", "sections.steps.0.se", "check its spelling"),
        ("title", "  ", "title", "write a sentence or remove"),
        ("sections.summary", "từ " * (MAX_WORDS + 1), "sections.summary.0", "split it or shorten it"),
        ("sections.steps.1.do", "từ " * (MAX_WORDS + 1), "sections.steps.1.do", "split it or shorten it"),
        ("sections.fee", ["<b>8.000 đồng</b>"], "sections.fee.0", "plain text without markup"),
        ("aliases", ["một"], "aliases", "at least 3"),
        ("sources", [], "sources", "at least 1"),
        ("verified_on", "hôm qua", "verified_on", "valid date"),
        ("kind", "thủ tục", "kind", "'procedure' or 'topic'"),
        ("verify_again_by", "2025-01-01", "(whole guide)", "must be later than verified_on"),
        ("aliases", ["một", "hai", "Một"], "(whole guide)", "keep each once"),
    ],
)
def test_every_refusal_names_file_field_and_cure(tmp_path: Path, place: str, value: Any, field: str, cure: str) -> None:
    """Trainers correct guides by reading these lines."""
    raw = _changed(place, value)
    problem = next(line for line in _problems(tmp_path, raw) if f": {field}: " in line)
    assert "lam_giay.yml" in problem
    assert cure in problem


@pytest.mark.parametrize(
    ("place", "value", "field", "cure"),
    [
        ("code", 1.001193, "code", "quot"),
        ("code", "1.1193", "code", "1."),
        ("sections.documents.0.copies", 1, "sections.documents.0.copies", "quot"),
        ("sources.0.date", date(2026, 1, 2), "sources.0.date", "quot"),
        ("sources.0.url", "http://dichvucong.gov.vn", "sources.0.url", "https://"),
        ("sections.steps", "Mở trang.", "sections.steps", "list"),
        ("confidence", "cao", "confidence", "high"),
        ("id", "Lam-Giay", "id", "a-z"),
        ("applies_to", "Huế", "applies_to", "vn-hue"),
        ("short_title", "d" * 41, "short_title", "characters"),
    ],
)
def test_common_slips_are_told_without_the_words_of_a_programmer(
    tmp_path: Path, place: str, value: Any, field: str, cure: str
) -> None:
    """A number or date without quotes, a sentence where a list belongs, a pattern: said so that a trainer can act."""
    raw = _changed(place, value)
    problem = next(line for line in _problems(tmp_path, raw, "lam_giay.yml") if f": {field}: " in line)
    assert cure in problem
    assert not any(word in problem for word in ("tuple", "match pattern", "items after validation", "valid string"))


def test_topic_needs_steps_or_problems(tmp_path: Path) -> None:
    """A topic without either could only be summarised."""
    raw = raw_guide(kind="topic", sections={"summary": "Tóm tắt."})
    assert any("sections.steps or sections.problems" in line for line in _problems(tmp_path, raw))


def test_file_name_and_folder_must_agree_with_the_guide(tmp_path: Path) -> None:
    """Both are told at once."""
    path = tmp_path / "thue" / "khac.yml"
    path.parent.mkdir()
    path.write_text(yaml.safe_dump(RAW_GUIDE, allow_unicode=True), encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        load_guide(path)
    assert len(caught.value.problems) == 2
    assert "rename one of them" in caught.value.problems[0]
    assert "move it or change area" in caught.value.problems[1]


@pytest.mark.parametrize("content", [b"title: [", b"a: b: c", b"- a\n- b", b"", b"title: \xff\xfe"])
def test_file_that_is_no_mapping_is_refused(tmp_path: Path, content: bytes) -> None:
    """Broken YAML, a list, nothing, another encoding: always a content error that names the file."""
    path = tmp_path / "ho_tich" / "hong.yml"
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(ContentError, match=r"hong\.yml"):
        load_guide(path)


@given(
    place=st.sampled_from(sorted(set(RAW_GUIDE) - {"area"})),
    value=st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.lists(st.integers(), max_size=2)),
)
def test_any_value_in_any_field_is_taken_or_refused_with_its_name(
    tmp_path_factory: pytest.TempPathFactory, place: str, value: Any
) -> None:
    """Nothing but a content error ever comes out of reading a guide."""
    path = write_guide(tmp_path_factory.mktemp("guides"), raw_guide(**{place: value}), "lam_giay.yml")
    problems: list[str] = []
    try:
        load_guide(path)
    except ContentError as error:
        problems = error.problems
    assert all("lam_giay.yml" in line for line in problems)


def test_all_files_problems_are_listed_at_once(tmp_path: Path) -> None:
    """One run tells everything that is wrong."""
    write_guide(tmp_path, raw_guide(id="mot", title=""))
    write_guide(tmp_path, raw_guide(id="hai", related=["khong_co"]))
    write_guide(tmp_path, raw_guide(id="ba", related=["hai"]))
    with pytest.raises(ContentError) as caught:
        load_guides(tmp_path)
    text = "\n".join(caught.value.problems)
    assert "mot.yml" in text
    assert any(
        "hai.yml: " in line and "'khong_co' does not exist; remove it or correct it" in line for line in caught.value.problems
    )
    assert "ba.yml" not in text


def test_repeated_id_is_told(tmp_path: Path) -> None:
    """Two areas may not hold the same id."""
    write_guide(tmp_path, raw_guide(area="thue"))
    write_guide(tmp_path, raw_guide())
    with pytest.raises(ContentError, match="used twice"):
        load_guides(tmp_path)


def test_empty_folder_is_told(tmp_path: Path) -> None:
    """A wrong data folder must not start a bot that knows nothing."""
    with pytest.raises(ContentError, match="TROLY_DATA_DIR"):
        load_guides(tmp_path)


# round trip

_word = st.text(st.characters(categories=["L", "N", "P", "S"], exclude_characters="<>"), min_size=1, max_size=12)
_hostile = st.sampled_from(
    [
        "yes",
        "null",
        "~",
        "1.0",
        "12:30",
        "- a",
        "a: b",
        "# x",
        "'",
        '"',
        "{a}",
        "[b]",
        "2026-01-02",
        "%TAG",
        "&a",
        "*b",
        "|",
        "off",
        "0x1F",
        "1_000",
    ]
)
plain = (
    st.lists(st.one_of(_word, _hostile), min_size=1, max_size=8)
    .map(" ".join)
    .filter(lambda text: text == " ".join(text.split()) and text != "")
)
ids = st.from_regex(r"[a-z0-9_]{2,20}", fullmatch=True)
troubles = st.builds(lambda cause, cure: {"cause": cause[:60].strip() or "x", "cure": cure}, plain, plain)
steps = st.builds(
    lambda do, see, stuck: {"do": do, "see": see, "stuck": stuck}, plain, st.none() | plain, st.lists(troubles, max_size=2)
)
paragraphs = plain | st.lists(plain, min_size=1, max_size=3)


@st.composite
def raw_guides(draw: st.DrawFn) -> dict[str, Any]:
    """Fields of any valid guide."""
    verified = draw(st.dates(date(2020, 1, 1), date(2030, 1, 1)))
    return {
        "id": draw(ids),
        "kind": draw(st.sampled_from(["procedure", "topic"])),
        "title": draw(plain),
        "short_title": draw(plain)[:40].strip() or "x",
        "area": draw(ids),
        "urgent": draw(st.booleans()),
        "code": draw(st.none() | st.from_regex(r"[0-9]\.[0-9]{6}", fullmatch=True)),
        "aliases": draw(st.lists(plain, min_size=3, max_size=5, unique_by=str.lower)),
        "sections": {
            "summary": draw(paragraphs),
            "documents": draw(
                st.lists(
                    st.fixed_dictionaries({"name": plain}, optional={"copies": plain, "note": plain, "when": plain}), max_size=3
                )
            ),
            "steps": draw(st.lists(steps, min_size=1, max_size=3)),
            "fee": draw(paragraphs),
            "problems": draw(st.lists(troubles, max_size=2)),
        },
        "to_confirm": draw(st.lists(plain, max_size=2)),
        "sources": [
            {
                "title": draw(plain),
                "url": draw(st.none() | st.just("https://dichvucong.gov.vn/x?a=1#b")),
                "date": draw(st.none() | st.just("2026-01")),
            }
        ],
        "confidence": draw(st.sampled_from(["high", "medium", "low"])),
        "verified_on": verified.isoformat(),
        "verify_again_by": (verified + timedelta(days=draw(st.integers(1, 900)))).isoformat(),
        "owner": "Sở " + draw(plain),
    }


@given(raw_guides())
@settings(max_examples=30)
def test_guide_written_as_yaml_is_read_back_equal(tmp_path_factory: pytest.TempPathFactory, raw: dict[str, Any]) -> None:
    """Whatever words it holds, also those YAML takes for something else."""
    made = Guide.model_validate(raw)
    path = write_guide(tmp_path_factory.mktemp("guides"), made.model_dump(mode="json"))
    assert load_guide(path) == made


@given(raw_guides())
@settings(max_examples=30)
def test_any_valid_guide_can_be_shown_in_every_section(raw: dict[str, Any]) -> None:
    """No combination of present and absent parts breaks an answer."""
    made = Guide.model_validate(raw)
    for section in Section:
        replies = section_replies(made, section)
        assert replies
        assert all(reply.text.strip() for reply in replies)
        assert replies[-1].footer is not None


def test_fullest_guide_is_refused_or_still_makes_short_messages(tmp_path: Path, knowledge: Knowledge) -> None:
    """What the format allows never makes a message longer than the limit, however the parts are put together."""
    longest = " ".join(["từ"] * MAX_WORDS)
    trouble = {"cause": " ".join(["vì"] * 20), "cure": longest}
    sections = {
        "summary": [longest, longest],
        "documents": [{"name": longest, "copies": longest, "note": longest, "when": longest}],
        "steps": [{"do": longest, "see": longest, "stuck": [trouble]}],
        "fee": longest,
        "problems": [trouble],
    }
    write_guide(tmp_path, raw_guide(title=" ".join(["tên"] * MAX_WORDS), sections=sections))
    try:
        full = load_guides(tmp_path)["lam_giay"]
    except ContentError:
        return
    replies = [section_replies(full, section)[0] for section in Section] + [*step_replies(full, 1), *done_replies(full)]
    replies += stuck.menu(knowledge, full, 1, ConversationState())[0].replies
    assert max(words_in(reply.text) for reply in replies) <= MAX_WORDS


# what we ship


def _all_replies(made: Guide, knowledge: Knowledge) -> list[tuple[str, Reply]]:
    replies = [(section.value, reply) for section in Section for reply in section_replies(made, section)]
    for n in range(1, len(made.sections.steps) + 1):
        asked, _ = stuck.menu(knowledge, made, n, ConversationState())
        replies += [*((f"step {n}", reply) for reply in step_replies(made, n)), (f"stuck {n}", asked.replies[0])]
    return replies


def test_all_guides_we_ship_load(knowledge: Knowledge) -> None:
    """Every file below data/guides is a valid guide, and every related id exists."""
    files = list((ROOT / "data" / "guides").rglob("*.yml"))
    assert len(files) > 100
    assert len(knowledge.guides) == len(files)
    for made in knowledge.guides.values():
        assert set(made.related) <= set(knowledge.guides)
        assert made.id not in made.related


def test_no_reply_of_any_guide_is_longer_than_60_words(knowledge: Knowledge) -> None:
    """Every section, every step and every stuck menu of every guide."""
    long = {
        (made.id, place): words_in(reply.text)
        for made in knowledge.guides.values()
        for place, reply in _all_replies(made, knowledge)
        if words_in(reply.text) > MAX_WORDS
    }
    assert long == {}


def test_every_guide_can_be_shown_in_every_section(knowledge: Knowledge) -> None:
    """With text, sources and a way to a person, also where the guide has nothing to say."""
    for made in knowledge.guides.values():
        for section in Section:
            last = section_replies(made, section)[-1]
            assert last.text.strip()
            assert last.footer is not None
            assert last.footer.sources
            assert "human" in {choice.id for choice in last.choices}


def test_every_choice_fits_the_narrowest_channel(knowledge: Knowledge) -> None:
    """Ids are ASCII of at most 60 bytes, labels are short, no message offers one choice twice."""
    for made in knowledge.guides.values():
        for place, reply in _all_replies(made, knowledge):
            ids_here = [choice.id for choice in reply.choices]
            assert len(ids_here) == len(set(ids_here)), (made.id, place)
            for choice in reply.choices:
                assert choice.id.isascii(), (made.id, place)
                assert len(choice.id) <= MAX_CHOICE_BYTES, (made.id, place)
                assert 0 < len(choice.label) <= 60, (made.id, place)


def test_choice_of_a_guide_with_the_longest_id_fits(knowledge: Knowledge) -> None:
    """The format admits no id whose buttons a channel would refuse."""
    longest = guide(id="x" * 44)
    ids_here = [choice.id for _, reply in _all_replies(longest, knowledge) for choice in reply.choices]
    assert max(len(choice_id.encode()) for choice_id in ids_here) <= MAX_CHOICE_BYTES


def test_urgent_guides_are_topics_that_say_what_to_do(knowledge: Knowledge) -> None:
    """A safety matter has steps, and nothing to file."""
    urgent = [made for made in knowledge.guides.values() if made.urgent]
    assert urgent
    for made in urgent:
        assert made.kind is GuideKind.TOPIC
        assert made.sections.steps
