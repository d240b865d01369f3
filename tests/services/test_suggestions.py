"""Replies offered from a guide: the citizen's step first, then how one gets stuck there, then the rest."""

from __future__ import annotations

from bot.services.suggestions import suggest
from core.guides import Guide
from core.knowledge import Knowledge


def _guide(knowledge: Knowledge) -> Guide:
    """One with stuck causes at a step in the middle."""
    return next(
        guide
        for guide in knowledge.guides.values()
        if guide.branch is None and len(guide.sections.steps) > 3 and len(guide.sections.steps[1].stuck) > 1
    )


def test_own_step_and_its_stuck_causes_come_first(knowledge: Knowledge) -> None:
    """What was tried already comes last of them, and is marked; the next steps come before the ones behind."""
    guide = _guide(knowledge)
    step = guide.sections.steps[1]
    tried = step.stuck[0].cause
    found = suggest(guide, {"step": 2, "tried": [tried]})
    assert found.here[0].text.startswith(f"Bước 2: {step.do}")
    assert [item.label for item in found.here[1:]] == [f"Kẹt: {trouble.cause}" for trouble in (*step.stuck[1:], step.stuck[0])]
    assert [item.tried for item in found.here] == [False] * len(step.stuck) + [True]
    assert found.here[-1].text == step.stuck[0].cure
    order = [item.label[:6] for item in found.rest if item.label.startswith("Bước ")]
    assert order == [f"Bước {number}" for number in (*range(3, len(guide.sections.steps) + 1), 1)]


def test_without_a_step_everything_is_offered_in_order(knowledge: Knowledge) -> None:
    """Also when the guide has changed since and has no such step any more."""
    guide = _guide(knowledge)
    whole = suggest(guide, {})
    assert whole.here == ()
    assert whole.rest[0].label == f"Bước 1: {guide.sections.steps[0].do}"
    assert suggest(guide, {"step": 99}) == whole
    assert suggest(None, {"step": 1}).rest == ()


def test_steps_are_those_of_the_citizens_case(knowledge: Knowledge) -> None:
    """Where a guide branches, a number means the step of the branch that was walked."""
    different = [
        (guide, option)
        for guide in knowledge.guides.values()
        if guide.branch
        for option in guide.branch.options
        if option.guide is None and any(step.only and option.id not in step.only for step in guide.sections.steps)
    ]
    assert different
    for guide, option in different:
        own = [step for step in guide.sections.steps if not step.only or option.id in step.only]
        found = suggest(guide, {"step": len(own), "case": option.label})
        assert found.here[0].text.startswith(f"Bước {len(own)}: {own[-1].do}")
