"""Talking to a candidate before it serves anybody: nothing of it is kept."""

from __future__ import annotations

import re
import secrets

from aiohttp import hdrs, web

from bot.console.case_texts import OUTCOMES
from bot.console.pages.models import candidate_of
from bot.console.rendering import page
from bot.console.visit import PREFIX, visit_of
from core.errors import UserFacingError

__all__ = ["say", "show"]

_LONGEST = 2000
_TALK = re.compile(r"[0-9a-f]{16}")
_CHOICE = re.compile(r"[\w:.,#/-]{1,200}")


async def show(request: web.Request) -> web.StreamResponse:
    """An empty talk."""
    visit = visit_of(request)
    return page(visit, "trying.html", candidate=await candidate_of(visit), talk=secrets.token_hex(8))


async def say(request: web.Request) -> web.StreamResponse:
    """One message and what the candidate answers, to be put below the others."""
    visit = visit_of(request)
    candidate = await candidate_of(visit)
    form = await visit.form()
    text, choice, talk = form.get("tin", "").strip()[:_LONGEST], form.get("chon", ""), form.get("cuoc", "")
    if not _TALK.fullmatch(talk) or (choice and not _CHOICE.fullmatch(choice)):
        raise web.HTTPBadRequest
    if not visit.wants_fragment:
        return web.Response(status=303, headers={hdrs.LOCATION: f"{PREFIX}/huan-luyen/mo-hinh/{candidate.id}/tro-chuyen"})
    turn, error = None, ""
    if text or choice:
        try:
            # The name of whoever signs in keeps talks apart, whatever a form says.
            turn = await visit.console.trying.say(candidate.id, f"{visit.member.username} {talk}", text, choice or None)
        except UserFacingError as failure:
            error = str(failure)
    return page(visit, "trying_turn.html", candidate=candidate, turn=turn, error=error, talk=talk, outcomes=OUTCOMES)
