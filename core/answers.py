"""Turn guides into replies: short messages, the next useful questions as buttons, and what they rest on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from core import texts
from core.freshness import Freshness, freshness, is_risky
from core.guides import MAX_WORDS, Document, Guide, GuideKind, Section
from core.messages import Choice, Footer, Link, Reply

__all__ = ["case_choice", "done_replies", "guide_choice", "menu_choice", "section_replies", "step_replies", "with_choices"]

_OFFERED_SECTIONS = (
    Section.STEPS,
    Section.DOCUMENTS,
    Section.FEE,
    Section.TIME,
    Section.WHERE,
    Section.ONLINE,
    Section.PROBLEMS,
    Section.ELIGIBILITY,
)
_OFFERED_AT_ONCE = 4


def guide_choice(guide: Guide, section: Section | None = None) -> Choice:
    """The quick reply that opens a guide, at one section where given (and there)."""
    if section is not None and section is not Section.SUMMARY and guide.has(section):
        return Choice(f"g:{guide.id}:{section.value}", guide.short_title)
    return Choice(f"g:{guide.id}", guide.short_title)


def case_choice() -> Choice:
    """The quick reply that asks for a person."""
    return Choice("human", texts.HUMAN)


def menu_choice() -> Choice:
    """The quick reply that shows the topics."""
    return Choice("m", texts.MENU)


def with_choices(replies: Sequence[Reply], choices: Iterable[Choice]) -> tuple[Reply, ...]:
    """Put `choices` under the last of `replies`."""
    last = replies[-1]
    return (*replies[:-1], replace(last, choices=tuple(choices)))


def section_replies(guide: Guide, section: Section) -> tuple[Reply, ...]:
    """What the guide says about `section`, in messages of at most 60 words, with the next useful questions.

    A section the guide lacks is admitted, with whom to ask.
    """
    blocks = _blocks(guide, section)
    head = guide.title if section is Section.SUMMARY else f"{guide.title} – {texts.SECTION_TITLES[section].lower()}"
    if not blocks:
        blocks = [f"{texts.UNKNOWN_SECTION[section]} {texts.ASK_ON_THE_SPOT}"]
    messages = _pack([head, *blocks])
    replies = [Reply(text) for text in messages]
    replies[-1] = Reply(replies[-1].text, _next_questions(guide, section), footer(guide))
    return tuple(replies)


def _blocks(guide: Guide, section: Section) -> list[str]:
    parts = guide.sections
    stale = freshness(guide) is Freshness.STALE
    if stale and section is Section.FEE:
        return [texts.STALE_FEE]
    if section is Section.DOCUMENTS:
        return [_bullet(_document(document)) for document in parts.documents]
    if section is Section.STEPS:
        return [f"{n}. {texts.STALE_STEP if stale and is_risky(step) else step.do}" for n, step in enumerate(parts.steps, 1)]
    if section is Section.PROBLEMS:
        return [_bullet(f"{trouble.cause}: {trouble.cure}") for trouble in parts.problems]
    paragraphs: tuple[str, ...] = getattr(parts, section.value)
    return list(paragraphs)


def _document(document: Document) -> str:
    text = f"{document.name} ({document.copies})" if document.copies else document.name
    if document.when:
        text += f" – {document.when}"
    if document.note:
        text = f"{text.rstrip('.')}. {document.note}"
    return text


def _bullet(text: str) -> str:
    return f"• {text}"


def _pack(blocks: Sequence[str]) -> list[str]:
    """Join blocks into as few messages as fit `MAX_WORDS` words each; a block that alone is longer is cut at a word."""
    messages: list[str] = []
    lines: list[str] = []
    words = 0
    for block in _short(blocks):
        size = len(block.split())
        if lines and words + size > MAX_WORDS:
            messages.append("\n".join(lines))
            lines, words = [], 0
        lines.append(block)
        words += size
    messages.append("\n".join(lines))
    return messages


def _short(blocks: Iterable[str]) -> Iterator[str]:
    for block in blocks:
        words = block.split(" ")
        for start in range(0, len(words), MAX_WORDS):
            yield " ".join(words[start : start + MAX_WORDS])


def _next_questions(guide: Guide, shown: Section) -> tuple[Choice, ...]:
    choices: list[Choice] = []
    for section in _OFFERED_SECTIONS:
        if section is shown or not guide.has(section) or len(choices) >= _OFFERED_AT_ONCE:
            continue
        choice_id = f"s:{guide.id}:1" if section is Section.STEPS else f"g:{guide.id}:{section.value}"
        choices.append(Choice(choice_id, texts.FOLLOW_UP_LABELS[section]))
    return (*choices, case_choice())


def footer(guide: Guide) -> Footer:
    """Sources, legal basis, date of the last check, and what is still to be confirmed."""
    notes = [texts.TO_CONFIRM.format(what=what) for what in guide.to_confirm]
    if guide.confidence == "low":
        notes.insert(0, texts.LOW_CONFIDENCE)
    if freshness(guide) is not Freshness.FRESH:
        notes.insert(0, texts.OVERDUE.format(date=f"{guide.verify_again_by:%d/%m/%Y}"))
    links = [Link(source.title, source.url) for source in guide.sources]
    if guide.kind is GuideKind.PROCEDURE and guide.portal_url and all(link.url != guide.portal_url for link in links):
        links.insert(0, Link(f"Cổng Dịch vụ công quốc gia, thủ tục {guide.code}", guide.portal_url))
    return Footer(tuple(links), guide.legal_basis, guide.verified_on.isoformat(), tuple(notes))


def step_replies(guide: Guide, n: int) -> tuple[Reply, ...]:
    """Step `n` (from 1) of a guide, in messages of at most 60 words, with the buttons that lead on."""
    steps = guide.sections.steps
    step = steps[n - 1]
    unsafe = freshness(guide) is Freshness.STALE and is_risky(step)
    blocks = [texts.STEP.format(n=n, total=len(steps), do=texts.STALE_STEP if unsafe else step.do)]
    if step.see and not unsafe:
        blocks.append(texts.STEP_SEE.format(see=step.see))
    head = [texts.STEPS_INTRO.format(title=guide.title, total=len(steps))] if n == 1 else []
    messages = _pack([*head, *blocks])
    choices = [Choice(f"s:{guide.id}:{n + 1}", texts.DONE), Choice(f"k:{guide.id}:{n}", texts.STUCK)]
    if n > 1:
        choices.append(Choice(f"s:{guide.id}:{n - 1}", texts.BACK))
    last = Reply(messages[-1], (*choices, case_choice()), footer(guide) if n == 1 else None, progress=(n, len(steps)))
    return (*(Reply(text) for text in messages[:-1]), last)


def done_replies(guide: Guide) -> tuple[Reply, ...]:
    """The end of a walk: done, what comes of it, and where to follow the application."""
    parts = guide.sections
    blocks = [texts.WALK_DONE.format(title=guide.title)]
    for section, lead in ((Section.TIME, texts.WALK_DONE_TIME), (Section.RESULT, texts.WALK_DONE_RESULT)):
        paragraphs: tuple[str, ...] = getattr(parts, section.value)
        blocks += [lead.format(text=paragraphs[0])] if paragraphs else []
    if guide.kind is not GuideKind.TOPIC:
        blocks.append((parts.status or (texts.UNKNOWN_SECTION[Section.STATUS],))[0])
    choices = [Choice(f"s:{guide.id}:{len(parts.steps)}", texts.BACK), menu_choice(), case_choice()]
    if parts.status or guide.kind is not GuideKind.TOPIC:
        choices.insert(0, Choice(f"g:{guide.id}:{Section.STATUS.value}", texts.FOLLOW_UP_LABELS[Section.STATUS]))
    return with_choices([Reply(text) for text in _pack(blocks)], choices)
