"""Models: train, watch it, see a candidate beside what is in force, promote, roll back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from aiohttp import hdrs, web

from bot.console.live import stream
from bot.console.rendering import page
from bot.console.visit import PREFIX, Visit, visit_of
from bot.services.releasing import GateRefused
from core.errors import UserFacingError
from core.storage import releases, replays, runs
from core.storage.release_models import Candidate, ServingProcess, TrainingRun

__all__ = ["again", "candidate_of", "live", "promote", "rollback", "show", "show_one", "stop", "train"]

_STEPS = {
    "start": "Đang khởi động",
    "train": "Đang huấn luyện",
    "measure": "Đang đo cạnh bản đang dùng",
    "replay": "Đang phát lại tin nhắn của bà con",
}
_STATES = {"running": "đang chạy", "done": "xong", "failed": "không xong", "cancelled": "đã dừng"}
_KINDS = {"train": "huấn luyện", "evaluate": "đo lại", "replay": "phát lại"}
_RELEASES = {"installed": "theo bản cài đặt", "promoted": "đưa vào dùng", "rollback": "trở lại"}
_PROPOSALS = {
    "merge": "Hai ý định lẫn vào nhau cả hai chiều: cân nhắc gộp làm một.",
    "split": "Thêm hoặc chuyển câu ví dụ để tách hai ý định cho rõ.",
    "ask": "Câu quá ngắn để phân biệt: nên để trợ lý hỏi lại, đừng ép vào một bên.",
}
_WORDS = {"steps": _STEPS, "states": _STATES, "kinds": _KINDS, "releases": _RELEASES, "proposals": _PROPOSALS}
_FALLEN = 0.0001
_LOOK_EVERY = 1.0
"""The training process commits in its own right, and rings nobody's bell."""


async def show(request: web.Request) -> web.StreamResponse:
    """What is in force, the run under way, candidates and history."""
    visit = visit_of(request)
    async with visit.console.database.session() as session:
        history = await runs.history(session)
        known: dict[str, Any] = {
            "run": next((run for run in history if run.slot), None),
            "history": history,
            "releases": await releases.list_releases(session),
            "candidates": await releases.candidates(session),
            "serving": await releases.serving(session),
            "back": await releases.before(session),
        }
    known["installed"] = {row.candidate_id for row in known["releases"] if row.kind == "installed"}
    known["marks"] = _marks(history, known["serving"])
    part = "models_run.html" if request.query.get("phan") == "luot" else "models.html"
    return page(visit, part, words=_WORDS, left=_left(known["run"]), **known)


def _left(run: Any) -> str:
    """Time left, as one says it."""
    if run is None or run.ends_at is None:
        return ""
    seconds = (run.ends_at - datetime.now(UTC)).total_seconds()
    if seconds < 50:
        return "còn dưới một phút"
    return f"còn chừng {round(seconds / 60)} phút"


async def live(request: web.Request) -> web.StreamResponse:
    """Tells the page that the run went on, and that a process changed over."""
    visit = visit_of(request)

    async def marks() -> Mapping[str, str]:
        async with visit.console.database.session() as session:
            return _marks(await runs.history(session, 1), await releases.serving(session))

    return await stream(request, visit.console.database.changes, marks, _LOOK_EVERY)


def _marks(history: Sequence[TrainingRun], serving: Sequence[ServingProcess]) -> dict[str, str]:
    """What a page shows of the last run and of running processes: another value means that there is something new."""
    told = [f"{run.id}:{run.state}:{run.step}:{run.share:.2f}:{len(run.log)}" for run in history[:1]]
    return {
        "luot": "".join(told) or "0",
        "dung": ",".join(f"{one.process}:{one.release_id}:{bool(one.error)}" for one in serving) or "0",
    }


async def train(request: web.Request) -> web.StreamResponse:
    """Freeze the draft and begin."""
    visit = visit_of(request)
    who = visit.member.username
    folder, editors = await visit.console.draft.ready(who)
    await visit.console.training.train(folder, who, editors)
    return _done("mo-hinh", "huan-luyen")


async def stop(request: web.Request) -> web.StreamResponse:
    """End the run under way."""
    visit = visit_of(request)
    await visit.console.training.stop(visit.member.username)
    return _done("mo-hinh", "dung")


async def again(request: web.Request) -> web.StreamResponse:
    """Measure a candidate anew, or replay the latest messages with it."""
    visit = visit_of(request)
    kind = "replay" if (await visit.form()).get("viec") == "replay" else "evaluate"
    await visit.console.training.again(kind, request.match_info["id"], visit.member.username)
    return _done("mo-hinh", "huan-luyen")


async def show_one(request: web.Request) -> web.StreamResponse:
    """A candidate beside what was in force when it was measured, and what the gate says."""
    visit = visit_of(request)
    return await _one(visit, await candidate_of(visit))


async def candidate_of(visit: Visit) -> Candidate:
    """The candidate that the address names.

    Raises:
        HTTPNotFound: There is none.
    """
    try:
        async with visit.console.database.session() as session:
            return await releases.candidate(session, visit.request.match_info["id"])
    except UserFacingError:
        raise web.HTTPNotFound from None


async def _one(visit: Visit, candidate: Candidate, error: str = "") -> web.StreamResponse:
    report = candidate.report
    checks = await visit.console.releasing.checks(candidate) if report else []
    async with visit.console.database.session() as session:
        in_force = await releases.current(session)
        numbers = await replays.counts(session, candidate.id)
        last = next((run for run in await runs.history(session, 30) if run.candidate_id == candidate.id), None)
    return page(
        visit,
        "model.html",
        status=422 if error else 200,
        candidate=candidate,
        report=report,
        checks=checks,
        passes=bool(checks) and all(check.passed for check in checks),
        in_force=in_force is not None and in_force.candidate_id == candidate.id,
        may=_may(visit, candidate),
        numbers=numbers,
        run=last,
        intents=_intents(report) if report else [],
        percent=_percent,
        points=_points,
        words=_WORDS,
        error=error,
    )


def _may(visit: Visit, candidate: Candidate) -> bool:
    """Whether this person can be the second one."""
    second = visit.console.draft.second_person
    return not second or visit.member.username not in {candidate.made_by, *candidate.editors}


def _intents(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Recall of each intent on both sides, what fell most first."""
    before = {item["name"]: item["recall"] for item in report["live"]["intents"]}
    rows = [
        {
            "name": item["name"],
            "title": report["titles"].get(item["name"], item["name"]),
            "n": item["expected"],
            "now": item["recall"],
            "before": before.get(item["name"]),
        }
        for item in report["candidate"]["intents"]
        if item["expected"]
    ]
    return sorted(rows, key=lambda row: ((row["now"] or 0) - (row["before"] or 0), row["title"]))


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f}".replace(".", ",") + " %"


def _points(now: float | None, before: float | None) -> str:
    """The difference in points; nothing where there is none."""
    if now is None or before is None or abs(now - before) < _FALLEN:
        return ""
    return f"{100 * (now - before):+.1f}".replace(".", ",")


async def promote(request: web.Request) -> web.StreamResponse:
    """Put a candidate into force; what it fails stays on the page, with the sentences."""
    visit = visit_of(request)
    candidate = await candidate_of(visit)
    note = (await visit.form()).get("ly_do", "").strip()[:500]
    try:
        await visit.console.releasing.promote(candidate.id, visit.member.username, note)
    except GateRefused as refused:
        return await _one(visit, candidate, str(refused))
    return _done("mo-hinh", "dua-vao-dung")


async def rollback(request: web.Request) -> web.StreamResponse:
    """Go back to what was in force before."""
    visit = visit_of(request)
    await visit.console.releasing.rollback(visit.member.username, (await visit.form()).get("ly_do", "").strip()[:500])
    return _done("mo-hinh", "tro-lai")


def _done(path: str, said: str) -> web.Response:
    return web.Response(status=303, headers={hdrs.LOCATION: f"{PREFIX}/huan-luyen/{path}?xong={said}"})
