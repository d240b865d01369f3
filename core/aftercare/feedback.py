"""Whether an answer helped: when that is asked, and what follows.

Asked once per guide and conversation, under the first answer that settles something: a section other than the summary,
the summary of a topic (which is its answer), or the end of a walk. Never under a question back, a step, small talk, a
warning, or an answer that admits not to know.
"""

from __future__ import annotations

from core import texts
from core.answers import case_choice, guide_choice, menu_choice, section_replies
from core.guides import Guide, GuideKind, Section
from core.knowledge import Knowledge
from core.messages import Choice, Outcome, Reply, Response
from core.search import words_of

__all__ = ["REASONS", "feedback_choices", "thanks", "why", "worth_asking"]

REASONS: dict[str, str] = {"w": "wrong_topic", "u": "unclear", "o": "outdated", "x": "other"}
"""Kind of a choice id → reason as stored."""

_NEAREST = 2


def worth_asking(outcome: Outcome, guide: Guide, section: Section, *, walk_done: bool) -> bool:
    """Whether the rule above lets this answer be followed by the question."""
    if outcome is Outcome.STEP:
        return walk_done
    if outcome is not Outcome.ANSWERED or not guide.has(section):
        return False
    return section is not Section.SUMMARY or guide.kind is GuideKind.TOPIC


def feedback_choices(guide: Guide, section: Section) -> tuple[Choice, Choice]:
    """The two quick replies under an answer."""
    place = f"{guide.id}:{section.value}"
    return Choice(f"f:y:{place}", texts.HELPED), Choice(f"f:n:{place}", texts.NOT_HELPED)


def thanks(guide: Guide, section: Section) -> Response:
    """It helped: thanks, and the answer's next questions once more, because its buttons are gone."""
    return _said(Reply(texts.FEEDBACK_THANKS, section_replies(guide, section)[-1].choices))


def why(knowledge: Knowledge, guide: Guide, section: Section, reason: str | None) -> Response:
    """It did not help: ask why (once), offer the nearest other topics and a person.

    Args:
        knowledge: The guides.
        guide: What the answer was about.
        section: Section of it that was answered.
        reason: A key of `REASONS` once it was told; None = not yet.
    """
    others = tuple(guide_choice(other) for other in _nearest(knowledge, guide))
    if reason is None:
        labels = zip(REASONS, texts.FEEDBACK_REASONS, strict=True)
        asked = tuple(Choice(f"f:{kind}:{guide.id}:{section.value}", label) for kind, label in labels)
        return _said(Reply(texts.FEEDBACK_WHY, (*asked, *others, case_choice())))
    return _said(Reply(texts.FEEDBACK_NOTED, (*others, menu_choice(), case_choice())))


def _nearest(knowledge: Knowledge, guide: Guide) -> list[Guide]:
    """Other guides somebody may have meant: those named beside it, then those the search finds for its name."""
    hits = knowledge.index.search(words_of(guide.title, knowledge.lexicon), limit=_NEAREST + 3)
    names = dict.fromkeys((*guide.related, *(hit.guide for hit in hits)))
    found = [other for name in names if name != guide.id and (other := knowledge.guide(name))]
    return found[:_NEAREST]


def _said(reply: Reply) -> Response:
    return Response(Outcome.SMALLTALK, (reply,))
