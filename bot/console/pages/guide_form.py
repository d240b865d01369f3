"""The form of a guide: what its fields show, and the guide that was typed into them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from datetime import date
from typing import Any

from bot.console.pages.branch_form import shown_branch, typed_branch
from core.errors import UserFacingError
from core.text import fold

__all__ = ["PARAGRAPHS", "guide_id_for", "shown", "typed", "with_summary"]

PARAGRAPHS = {
    "summary": "Tóm tắt",
    "eligibility": "Ai được làm, điều kiện",
    "where": "Làm ở đâu",
    "online": "Làm qua mạng",
    "fee": "Lệ phí",
    "time": "Bao lâu xong",
    "result": "Nhận được gì",
    "form": "Mẫu đơn, tờ khai",
    "status": "Theo dõi hồ sơ",
}
_LISTS = ("aliases", "needs", "to_confirm", "legal_basis")
_WORDS = ("title", "short_title", "code", "portal_url", "authority", "owner")
_DOCUMENT = ("name", "copies", "note", "when", "only")
_STEP = ("do", "see", "only")
_TROUBLE = ("cause", "cure", "only")
_SOURCE = ("title", "url", "date")
_SPARE = 2
"""Empty rows for something new; training.js adds more."""
_ROW = re.compile(r"(\d{1,2})")


def guide_id_for(title: str) -> str:
    """The id of a guide called `title`.

    >>> guide_id_for("Hỗ trợ nhà sập do bão")
    'ho_tro_nha_sap_do_bao'
    """
    return "_".join(re.findall(r"[a-z0-9]+", fold(title)))[:44].rstrip("_")


def shown(raw: Mapping[str, Any]) -> dict[str, Any]:
    """What the form shows of a guide's file: lists as lines, rows with some spare ones."""
    sections = raw.get("sections") or {}
    steps = _rows(sections.get("steps"), _SPARE, _STEP)
    for step in steps:
        step["stuck"] = _rows(step.get("stuck"), 1, _TROUBLE)
    return {
        **{name: raw.get(name) or "" for name in (*_WORDS, "confidence")},
        **{name: "\n".join(map(str, raw.get(name) or ())) for name in _LISTS},
        **{name: str(raw.get(name) or "") for name in ("verified_on", "verify_again_by")},
        "related": ", ".join(raw.get("related") or ()),
        "paragraphs": {name: "\n".join(_paragraphs(sections.get(name))) for name in PARAGRAPHS},
        "documents": _rows(sections.get("documents"), _SPARE, _DOCUMENT),
        "steps": steps,
        "problems": _rows(sections.get("problems"), _SPARE, _TROUBLE),
        "sources": _rows(raw.get("sources"), 1, _SOURCE),
        "branch": shown_branch(raw),
    }


def typed(form: Mapping[str, str], raw: Mapping[str, Any]) -> dict[str, Any]:
    """The guide as it was typed; what the form does not show stays as in `raw`.

    Raises:
        UserFacingError: A date is none, or the cases are incomplete.
    """
    made = deepcopy(dict(raw))
    sections = made.setdefault("sections", {})
    for name in _WORDS:
        _put(made, name, " ".join(form.get(name, "").split()))
    for name in _LISTS:
        _put(made, name, _lines(form.get(name, "")))
    _put(made, "related", re.findall(r"[a-z0-9_]+", form.get("related", "")))
    _put(made, "confidence", form.get("confidence", ""))
    for name in ("verified_on", "verify_again_by"):
        _put(made, name, _date(form.get(name, "")))
    for name in PARAGRAPHS:
        _put_paragraphs(sections, name, form.get(name, ""))
    _put(sections, "documents", _read(form, "giay", _DOCUMENT))
    steps = _read(form, "buoc", _STEP, inner=("ket", _TROUBLE))
    _put(sections, "steps", steps)
    _put(sections, "problems", _read(form, "vm", _TROUBLE))
    _put(made, "sources", _read(form, "nguon", _SOURCE))
    if "nhanh-ask" in form:  # a new guide's short form has no cases
        _put(made, "branch", typed_branch(form, raw))
    return made


def with_summary(raw: Mapping[str, Any], text: str) -> dict[str, Any]:
    """The guide with another summary, one paragraph a line."""
    made = deepcopy(dict(raw))
    _put_paragraphs(made.setdefault("sections", {}), "summary", text)
    return made


def _put_paragraphs(sections: dict[str, Any], name: str, text: str) -> None:
    lines = _lines(text)
    _put(sections, name, lines[0] if len(lines) == 1 and isinstance(sections.get(name, ""), str) else lines)


def _read(
    form: Mapping[str, str], prefix: str, fields: Sequence[str], inner: tuple[str, Sequence[str]] | None = None
) -> list[dict[str, Any]]:
    """Rows that have anything typed, in the order of their numbers (``…-at``), then as they stand."""
    numbers = sorted({int(found[1]) for key in form if (found := re.match(rf"{prefix}-(\d{{1,2}})-", key))})
    rows: list[tuple[float, dict[str, Any]]] = []
    for place, number in enumerate(numbers):
        row: dict[str, Any] = {}
        for field in fields:
            text = " ".join(form.get(f"{prefix}-{number}-{field}", "").split())
            if text:
                row[field] = _only(text) if field == "only" else text
        if inner:
            deeper = _read(form, f"{prefix}-{number}-{inner[0]}", inner[1])
            if deeper:
                row["stuck"] = deeper
        if row:
            at = form.get(f"{prefix}-{number}-at", "")
            rows.append((float(at) if _ROW.fullmatch(at) else place + 0.5, row))
    return [row for _, row in sorted(rows, key=lambda pair: pair[0])]


def _put(made: dict[str, Any], key: str, value: Any) -> None:
    """Set what was typed; what is empty is left out, unless the file says so itself (``related: []``)."""
    if value:
        made[key] = value
    elif made.get(key) not in ([], ""):
        made.pop(key, None)


def _only(text: str) -> str | list[str]:
    names = re.findall(r"[a-z0-9_]+", text)
    return names[0] if len(names) == 1 else names


def _line(only: Any) -> str:
    return only if isinstance(only, str) else ", ".join(only or ())


def _rows(items: Any, spare: int, fields: Sequence[str]) -> list[dict[str, Any]]:
    empty = dict.fromkeys(fields, "")
    return [{**empty, **item, "only": _line(item.get("only"))} for item in items or ()] + [dict(empty) for _ in range(spare)]


def _paragraphs(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [str(item) for item in value or ()]


def _lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise UserFacingError(f"Ngày “{text}” chưa đúng; viết như 2026-11-23.") from error
