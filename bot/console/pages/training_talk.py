"""A conversation of the inbox, and keeping it as a test story."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiohttp import hdrs, web

from bot.console import case_texts, inbox_texts
from bot.console.rendering import page
from bot.console.visit import PREFIX, Visit, visit_of
from bot.services.inbox_view import Choices
from core.errors import UserFacingError
from core.inbox import Kind
from core.messages import Outcome
from core.storage import training_inbox
from core.storage.inbox_models import InboxRuling
from core.storage.models import Message, Turn
from core.storage.training_inbox import Line
from core.understanding import TOPIC_PREFIX
from nlu.training.story_files import FILE, Step, add_story

__all__ = ["save", "show"]

_EXPECTATIONS: dict[str, tuple[Outcome, ...]] = {
    "guide": (Outcome.ANSWERED, Outcome.STEP),
    "asks": (Outcome.ANSWERED, Outcome.STEP, Outcome.CLARIFY),
    "fallback": (Outcome.FALLBACK, Outcome.HANDOFF),
    "smalltalk": (Outcome.SMALLTALK,),
    "handoff": (Outcome.HANDOFF,),
    "safety": (Outcome.SAFETY,),
}
"""What a trainer can expect of a turn, by the value of the form, and how the turn may end then."""
_ABOUT_A_GUIDE = {"guide", "asks", "safety"}
_LONGEST = 2000


@dataclass(frozen=True)
class _Turn:
    """A line of the story's form, filled in."""

    id: int
    kind: str
    text: str
    expects: str
    guide: str
    is_it: bool


async def show(request: web.Request) -> web.StreamResponse:
    """The conversation around a message; every look is noted."""
    return await _talk(visit_of(request))


async def _talk(visit: Visit, error: str = "") -> web.StreamResponse:
    async with visit.change() as session:
        line = await training_inbox.find_line(session, visit.member, int(visit.request.match_info["id"]))
        if line is None:
            raise web.HTTPNotFound
        visit.note(session, "training.view", f"message:{line.message.id}")
        talk = await training_inbox.around(session, line)
        ruling = await training_inbox.ruling_of(session, line.item)
    choices = await visit.console.inbox.view.choices()
    return page(
        visit,
        "inbox_talk.html",
        status=422 if error else 200,
        error=error,
        line=line,
        talk=talk,
        turns=_story(line, talk, ruling, choices),
        form=await visit.form() if error else {},
        choices=choices,
        ruling=ruling,
        words=case_texts,
        inbox_words=inbox_texts,
    )


def _story(line: Line, talk: Sequence[tuple[Message, Turn | None]], ruling: InboxRuling | None, choices: Choices) -> list[_Turn]:
    """The conversation up to the message, as a story; the message itself should end as was decided about it."""
    made = []
    for message, turn in talk:
        if turn is None or message.id > line.message.id:
            continue
        choice = message.payload.get("choice")
        kind = "user" if choice is None else "tap" if message.text else "choice"
        text = message.text or str(choice)
        expects, guide = _right(line, ruling, choices) if message.id == line.message.id else _as_it_went(turn)
        made.append(_Turn(message.id, kind, text, expects, guide, message.id == line.message.id))
    return made


def _as_it_went(turn: Turn) -> tuple[str, str]:
    by_outcome = {Outcome.ANSWERED: "guide", Outcome.STEP: "guide", Outcome.CLARIFY: "asks"}
    outcome = Outcome(turn.outcome)
    return by_outcome.get(outcome, outcome.value), turn.guide or ""


def _right(line: Line, ruling: InboxRuling | None, choices: Choices) -> tuple[str, str]:
    """What should have become of the message: as decided, as the citizen tapped, or as the bot guesses first."""
    if ruling is not None and ruling.kind in {Kind.OUT_OF_SCOPE, Kind.NOT_OURS}:
        return "fallback", ""
    if ruling is not None and ruling.kind == Kind.RIGHT:
        return _as_it_went(line.turn)
    decided = (ruling.target or "").removeprefix(TOPIC_PREFIX) if ruling is not None else ""
    guess = next((str(name) for name in line.turn.candidates if name in choices.guides), "")
    guide = decided if decided in choices.guides else line.picked or guess
    return "asks", guide


async def save(request: web.Request) -> web.StreamResponse:
    """Keep the conversation as a story in the draft."""
    visit = visit_of(request)
    item = int(request.match_info["id"])
    async with visit.console.database.session() as session:
        if await training_inbox.find_line(session, visit.member, item) is None:
            raise web.HTTPNotFound
    form = await visit.form()
    try:
        steps = [_step(form, number) for number in await visit.form_list("luot")]
        name = form.get("ten", "")
        await visit.console.draft.edit(
            visit.member.username, "story.add", f"file:{FILE}", lambda tree: add_story(tree, name, steps), why=""
        )
    except UserFacingError as error:
        return await _talk(visit, str(error))
    return web.Response(status=303, headers={hdrs.LOCATION: f"{PREFIX}/huan-luyen/hop-thu/hoi-thoai/{item}?xong=kich-ban"})


def _step(form: Mapping[str, str], number: str) -> Step:

    kind, text = form.get(f"kieu-{number}", ""), form.get(f"noi-{number}", "").strip()[:_LONGEST]
    expects, guide = form.get(f"mong-{number}", ""), form.get(f"huong_dan-{number}", "")
    if kind not in {"user", "tap", "choice"} or expects not in _EXPECTATIONS or not text:
        raise UserFacingError("Mỗi lượt cần câu của bà con và điều mong đợi.")
    return Step(
        kind,
        text,
        tuple(outcome.value for outcome in _EXPECTATIONS[expects]),
        (guide,) if guide and expects in _ABOUT_A_GUIDE else (),
    )
