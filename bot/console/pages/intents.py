"""Intents and their examples, edited in the draft."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiohttp import hdrs, web

from bot.console.pages.guide_form import with_summary
from bot.console.pages.training_log import logged
from bot.console.rendering import page
from bot.console.training_texts import KINDS
from bot.console.visit import PREFIX, Visit, visit_of
from core.errors import DraftChanged, UserFacingError
from core.guides import Guide
from core.staff import Role
from core.text import fold
from core.understanding import TOPIC_PREFIX
from nlu.training.content import ContentTree
from nlu.training.example_checks import Advice, Corpus, bare, held_out_in
from nlu.training.held_out_files import HELD_OUT
from nlu.training.intents import Intent, IntentKind, said

__all__ = ["act", "check", "home", "new", "show", "show_list", "show_new"]

_MOST_HITS = 50


@dataclass(frozen=True)
class _Seen:
    """All that the page of an intent shows of the draft."""

    intent: Intent
    version: str
    advice: list[Advice]
    others: list[Intent]
    guide: Guide | None
    free_guides: list[Guide]
    held_out: tuple[str, ...]
    guide_version: str = ""


async def home(request: web.Request) -> web.StreamResponse:
    """The first page of training: the inbox for trainers, who alone may read it."""
    first = "hop-thu" if visit_of(request).member.role is Role.TRAINER else "y-dinh"
    return web.Response(status=303, headers={hdrs.LOCATION: f"{PREFIX}/huan-luyen/{first}"})


async def show_list(request: web.Request) -> web.StreamResponse:
    """All intents; with words to look for, also the examples that have them."""
    visit = visit_of(request)
    words, kind = request.query.get("tim", "").strip()[:100], request.query.get("loai", "")
    whole = request.query.get("soat") == "1"

    def read(tree: ContentTree) -> tuple[list[Intent], dict[str, int]]:
        intents = {name: intent for name, intent in tree.intents.all().items() if intent.is_learned}
        counts = Corpus.of(intents, _held_out(tree)).count(intents) if whole else {}
        return list(intents.values()), counts

    intents, counts = await visit.console.draft.read(read)
    wanted = fold(words)
    hits = [(intent, example) for intent in intents for example in intent.examples if wanted and wanted in fold(said(example))]
    shown = [
        intent
        for intent in intents
        if (not kind or intent.kind == kind)
        and (not wanted or wanted in fold(intent.title) or wanted in intent.name or any(intent is owner for owner, _ in hits))
        and (not whole or counts.get(intent.name))
    ]
    return page(
        visit, "intents.html", intents=shown, hits=hits[:_MOST_HITS], more=max(0, len(hits) - _MOST_HITS),
        words=words, kind=kind, kinds=KINDS, counts=counts, whole=whole, said=said,
    )  # fmt: skip


async def show_new(request: web.Request) -> web.StreamResponse:
    """The form for a new intent."""
    return await _new(visit_of(request), {"huong_dan": request.query.get("huong_dan", "")})


async def _new(visit: Visit, typed: Mapping[str, str], error: str = "") -> web.StreamResponse:
    guides = await visit.console.draft.read(_free_guides)
    return page(visit, "intent_new.html", status=422 if error else 200, typed=typed, error=error, guides=guides)


async def new(request: web.Request) -> web.StreamResponse:
    """Add an intent with its answer: a text of its own, or a guide."""
    visit = visit_of(request)
    form = await visit.form()
    examples = form.get("cau", "").splitlines()

    def change(tree: ContentTree) -> str:
        if form.get("tra_loi_bang") == "huong_dan":
            return tree.intents.add_topic(form.get("huong_dan", ""), examples)
        return tree.intents.add_reply(form.get("ten", ""), form.get("tra_loi", ""), examples)

    try:
        if not any(line.strip() for line in examples):
            raise UserFacingError("Cần vài câu bà con hay nói; mười câu trở lên thì tốt.")
        name = await visit.console.draft.read(change)  # what it will be called; nothing is saved
        await visit.console.draft.edit(visit.member.username, "intent.new", f"intent:{name}", change)
    except UserFacingError as error:
        return await _new(visit, form, str(error))
    return _to(name)


async def show(request: web.Request) -> web.StreamResponse:
    """One intent: its answer, its examples, what to look at, its history."""
    return await _intent(visit_of(request), request.match_info["intent"])


async def _intent(
    visit: Visit, name: str, error: str = "", typed: Mapping[str, str] | None = None, *, status: int = 200
) -> web.StreamResponse:
    draft = visit.console.draft

    def read(tree: ContentTree) -> _Seen | None:
        intents = {key: intent for key, intent in tree.intents.all().items() if intent.is_learned}
        if name not in intents:
            return None
        intent = intents[name]
        there = intent.guide is not None and intent.guide in tree.guides.paths()
        return _Seen(
            intent,
            tree.version(f"intent:{name}"),
            Corpus.of(intents, _held_out(tree)).about(intent),
            sorted((other for other in intents.values() if other is not intent), key=lambda other: fold(other.title)),
            tree.guides.get(intent.guide or "") if there else None,
            _free_guides(tree),
            tree.held_out.of(name),
            tree.version(f"guide:{intent.guide}") if there else "",
        )

    seen = await draft.read(read)
    if seen is None:
        raise web.HTTPNotFound
    async with visit.console.database.session() as session:
        history = await logged(session, subject=f"intent:{name}", limit=10)
    return page(
        visit, "intent.html", status=status, seen=seen, intent=seen.intent, error=error, typed=typed or {}, history=history,
        kinds=KINDS, said=said, by_example={advice.example: advice for advice in seen.advice if advice.example},
        general=[advice for advice in seen.advice if not advice.example], merge_with=visit.request.query.get("gop", ""),
    )  # fmt: skip


async def act(request: web.Request) -> web.StreamResponse:
    """Do what a button of the page asks for; a conflict shows what somebody else did, with what was typed still there."""
    visit = visit_of(request)
    name = request.match_info["intent"]
    form = await visit.form()
    chosen = await visit.form_list("chon")
    kind = form.get("viec", "")
    if kind not in _ACTIONS:
        raise web.HTTPBadRequest
    try:
        after = await visit.console.draft.edit(
            visit.member.username,
            "guide.change" if kind == "summary" else f"intent.{kind}",
            _subject(kind, name),
            partial(_ACTIONS[kind], name=name, form=form, chosen=chosen),
            why=form.get("vi_sao", "").strip()[:300],
            seen=form.get("ban", ""),
        )
    except DraftChanged:
        message = (
            "Người khác vừa sửa ý định hoặc câu trả lời này; chưa có gì bị ghi đè. Xem mục Lịch sử, "
            "rồi bấm lại nếu vẫn cần. Chữ đã gõ còn ở dưới."
        )
        return await _intent(visit, name, message, form, status=409)
    except UserFacingError as error:
        return await _intent(visit, name, str(error), form, status=422)
    return _to(after or name)


def _subject(kind: str, name: str) -> str:
    """What a button changes: the intent, or the guide that answers it."""
    return f"guide:{name.removeprefix(TOPIC_PREFIX)}" if kind == "summary" else f"intent:{name}"


def _add(tree: ContentTree, name: str, form: Mapping[str, str], chosen: list[str]) -> None:
    lines = form.get("cau", "").splitlines()
    if not any(line.strip() for line in lines):
        raise UserFacingError("Hãy gõ ít nhất một câu.")
    if not tree.intents.add_examples(name, lines):
        raise UserFacingError("Những câu này đã có ở đây.")


def _hold(tree: ContentTree, name: str, form: Mapping[str, str], chosen: list[str]) -> None:
    lines = form.get("cau_kiem_tra", "").splitlines()
    if not any(line.strip() for line in lines):
        raise UserFacingError("Hãy gõ ít nhất một câu kiểm tra.")
    taught = set(map(bare, tree.intents.get(name).examples))
    if same := [line.strip() for line in lines if bare(line) in taught]:
        raise UserFacingError(f"Câu “{same[0]}” đang là câu ví dụ; câu đã đem dạy thì không kiểm tra được gì. Hãy viết lời khác.")
    tree.held_out.add(name, map(tree.intents.checked, lines))


def _unhold(tree: ContentTree, name: str, form: Mapping[str, str], chosen: list[str]) -> None:
    tree.held_out.remove(name, _some(chosen))


def _reword(tree: ContentTree, name: str, form: Mapping[str, str], chosen: list[str]) -> None:
    tree.intents.change_example(name, form.get("cu", ""), form.get("moi", ""))


def _move(tree: ContentTree, name: str, form: Mapping[str, str], chosen: list[str]) -> None:
    if not form.get("den"):
        raise UserFacingError("Hãy chọn ý định để chuyển câu sang.")
    tree.intents.move_examples(name, form["den"], _some(chosen))


def _remove(tree: ContentTree, name: str, form: Mapping[str, str], chosen: list[str]) -> None:
    tree.intents.remove_examples(name, _some(chosen))


def _split(tree: ContentTree, name: str, form: Mapping[str, str], chosen: list[str]) -> str:
    guide = form.get("huong_dan_moi", "")
    return tree.intents.split(name, _some(chosen), title=form.get("ten_moi", ""), reply=form.get("tra_loi_moi", ""), guide=guide)


def _answer(tree: ContentTree, name: str, form: Mapping[str, str], chosen: list[str]) -> None:
    tree.intents.set_title(name, form.get("ten", ""))
    tree.intents.set_reply(name, form.get("tra_loi", ""))


def _summary(tree: ContentTree, name: str, form: Mapping[str, str], chosen: list[str]) -> None:
    guide = name.removeprefix(TOPIC_PREFIX)
    tree.guides.change(guide, with_summary(tree.guides.raw(guide), form.get("tom_tat", "")))


def _rename(tree: ContentTree, name: str, form: Mapping[str, str], chosen: list[str]) -> str:
    tree.intents.rename(name, form.get("ma", "").strip())
    return form.get("ma", "").strip()


def _merge(tree: ContentTree, name: str, form: Mapping[str, str], chosen: list[str]) -> str:
    tree.intents.merge(name, form.get("vao", ""))
    return form.get("vao", "")


def _some(chosen: list[str]) -> list[str]:
    if not chosen:
        raise UserFacingError("Hãy đánh dấu những câu cần làm.")
    return chosen


_ACTIONS: dict[str, Callable[..., Any]] = {
    "add": _add,
    "hold": _hold,
    "unhold": _unhold,
    "reword": _reword,
    "move": _move,
    "remove": _remove,
    "split": _split,
    "answer": _answer,
    "summary": _summary,
    "rename": _rename,
    "merge": _merge,
}


async def check(request: web.Request) -> web.StreamResponse:
    """While typing: what to look at among the new sentences."""
    visit = visit_of(request)
    form = await visit.form()
    lines = [line.strip() for line in form.get("cau", "").splitlines() if line.strip()][:200]

    def read(tree: ContentTree) -> list[Advice]:
        intents = {name: intent for name, intent in tree.intents.all().items() if intent.is_learned}
        return Corpus.of(intents, _held_out(tree)).about_new(form.get("y_dinh", ""), lines)

    return page(visit, "example_advice.html", advice=await visit.console.draft.read(read), lines=len(lines))


def _held_out(tree: ContentTree) -> tuple[str, ...]:
    return held_out_in(tree.files.root / HELD_OUT)


def _free_guides(tree: ContentTree) -> list[Guide]:
    """Guides without an intent of their own."""
    taken = {intent.guide for intent in tree.intents.all().values() if intent.kind is IntentKind.TOPIC}
    guides = [guide for guide in tree.guides.all().values() if guide.id not in taken]
    return sorted(guides, key=lambda guide: fold(guide.title))


def _to(name: str) -> web.StreamResponse:
    return web.Response(status=303, headers={hdrs.LOCATION: f"{PREFIX}/huan-luyen/y-dinh/{name}?xong=luu"})
