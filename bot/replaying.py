"""Citizens' messages, answered again by a candidate and by the release in force: what differs, and whether that is better."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.agent import Brain
from bot.ask import Question, answer_all
from bot.measuring import Progress
from core.inbox import Kind
from core.messages import Outcome
from core.storage.replays import Asked
from core.understanding import TOPIC_PREFIX
from nlu.training.intents import REPLY_PREFIX

__all__ = ["answer_again", "changes"]

_REFUSED = {Outcome.FALLBACK, Outcome.HANDOFF}


async def answer_again(
    asked: Sequence[Asked], candidate: Brain, live: Brain, hosts: tuple[str, ...], sample: int, progress: Progress
) -> tuple[int, list[dict[str, Any]]]:
    """Answer citizens' messages with both, conversation by conversation, and keep what differs in outcome or guide.

    Args:
        asked: Messages, those of one conversation in their order.
        candidate: What may become a release.
        live: The release in force.
        hosts: Hosts the bot may link to.
        sample: How many of what differs a person is to look at.
        progress: Told how far it has come.

    Returns:
        How many were asked, and rows for `core.storage.replays.replace`.
    """
    questions = [Question(str(one.id), one.text, str(one.conversation_id), one.choice) for one in asked]
    done: list[list[dict[str, Any]]] = []
    for n, brain in enumerate((live, candidate)):
        answers = []
        async for answer in answer_all(questions, brain, hosts):
            answers.append(_kept(answer))
            progress((n + len(answers) / len(questions)) / 2)
        done.append(answers)
    before, after = done
    return len(asked), changes(asked, before, after, sample)


def changes(
    asked: Sequence[Asked], before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]], sample: int
) -> list[dict[str, Any]]:
    """Rows for what differs, of which `sample` are drawn: what may be worse first, then what nobody said anything of.

    A button belongs to the answer that showed it: tapped below an answer that is another one now, it says nothing of its own.
    What a trainer wished for and now gets has been looked at already and is not drawn.
    """
    rows: list[dict[str, Any]] = []
    settled: set[int] = set()
    changed: dict[int, bool] = {}
    for one, old, new in zip(asked, before, after, strict=True):
        if one.choice is not None and changed.get(one.conversation_id):
            continue
        changed[one.conversation_id] = (old["outcome"], old["guide"]) != (new["outcome"], new["guide"])
        if changed[one.conversation_id]:
            ruled = _by_ruling(one, old, new)
            if ruled == "better":
                settled.add(len(rows))
            rows.append({"message_id": one.id, "before": old, "after": new, "guess": ruled or _by_feedback(one, old)})
    by_need = sorted(range(len(rows)), key=lambda n: (("worse", "unknown", "better").index(rows[n]["guess"]), -n))
    drawn = set([n for n in by_need if n not in settled][:sample])
    return [{**row, "sampled": n in drawn} for n, row in enumerate(rows)]


def _kept(answer: Mapping[str, Any]) -> dict[str, Any]:
    """What is shown of an answer; a fixed reply counts as the guide it stands for."""
    first = next(iter(answer["replies"]), "")
    reply = answer["intent"] if answer["outcome"] == Outcome.ANSWERED and str(answer["intent"]).startswith(REPLY_PREFIX) else None
    return {
        "outcome": answer["outcome"],
        "guide": answer["guide"] or answer["code"] or reply,
        "section": answer["section"],
        "reply": first[:400],
    }


def _by_ruling(one: Asked, before: Mapping[str, Any], after: Mapping[str, Any]) -> str | None:
    """Better or worse, where a trainer decided in the inbox what the message is about."""
    was, now = _is_as_ruled(one, before), _is_as_ruled(one, after)
    if was is None or was is now:
        return None
    return "better" if now else "worse"


def _is_as_ruled(one: Asked, answer: Mapping[str, Any]) -> bool | None:
    """Whether an answer is what a trainer wished for; None = nobody said."""
    match one.ruling:
        case Kind.GUIDE | Kind.INTENT:
            return answer["guide"] is not None and answer["guide"] == (one.target or "").removeprefix(TOPIC_PREFIX)
        case Kind.OUT_OF_SCOPE | Kind.NOT_OURS:
            return answer["outcome"] in _REFUSED
        case Kind.RIGHT:
            return (answer["outcome"], answer["guide"]) == (one.outcome, one.guide)
    return None


def _by_feedback(one: Asked, before: Mapping[str, Any]) -> str:
    """Better or worse, where somebody said of the answer they got whether it helped, and live still gives that answer."""
    if one.helped is None or one.guide != before["guide"]:
        return "unknown"
    return "worse" if one.helped else "better"
