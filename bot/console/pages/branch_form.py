"""The part of a guide's form about its cases: the one question, and what each answer changes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from core.errors import UserFacingError
from core.text import fold

__all__ = ["CASE_PARAGRAPHS", "shown_branch", "typed_branch"]

CASE_PARAGRAPHS = ("eligibility", "where", "online", "fee", "time", "result", "form", "status")
"""Paragraphs that one case may have instead of the guide's."""
_MOST = 4
_FEWEST = 2


def shown_branch(raw: Mapping[str, Any]) -> dict[str, Any]:
    """What the form shows: the question, and a row for each case with one to spare."""
    branch = raw.get("branch") or {}
    rows = [_row(option) for option in branch.get("options") or ()]
    spare = max(_FEWEST - len(rows), 1) if len(rows) < _MOST else 0
    return {"ask": branch.get("ask") or "", "options": [*rows, *(_row({}) for _ in range(spare))]}


def _row(option: Mapping[str, Any]) -> dict[str, Any]:
    sections = option.get("sections") or {}
    since, below = option.get("ages") or ("", "")
    return {
        **{name: option.get(name) or "" for name in ("id", "label", "guide")},
        "says": "\n".join(option.get("says") or ()),
        "ages_from": since,
        "ages_below": below,
        "sections": {name: _text(sections.get(name)) for name in CASE_PARAGRAPHS},
    }


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "\n".join(value or ())


def typed_branch(form: Mapping[str, str], raw: Mapping[str, Any]) -> dict[str, Any] | None:
    """The branch as it was typed; None where the guide asks nothing.

    Raises:
        UserFacingError: Ages are none, or there are cases without a question or the other way round.
    """
    before = {option.get("id"): option for option in (raw.get("branch") or {}).get("options") or ()}
    options = []
    for number in range(_MOST + 1):
        label = " ".join(form.get(f"nhanh-{number}-label", "").split())
        if label:
            options.append(_option(form, f"nhanh-{number}", label, before))
    ask = " ".join(form.get("nhanh-ask", "").split())
    if not ask and not options:
        return None
    if not ask or not options:
        raise UserFacingError("Chia trường hợp cần cả câu hỏi và ít nhất hai trường hợp; không chia thì xóa hết các ô ấy.")
    return {"ask": ask, "options": options}


def _option(form: Mapping[str, str], prefix: str, label: str, before: Mapping[Any, Mapping[str, Any]]) -> dict[str, Any]:
    name = form.get(f"{prefix}-id", "").strip() or "_".join(re.findall(r"[a-z0-9]+", fold(label)))[:20].rstrip("_")
    old = before.get(name, {})
    made: dict[str, Any] = {"id": name, "label": label}
    if ages := _ages(form.get(f"{prefix}-ages_from", "").strip(), form.get(f"{prefix}-ages_below", "").strip(), label):
        made["ages"] = ages
    if says := _lines(form.get(f"{prefix}-says", "")):
        made["says"] = says
    if guide := form.get(f"{prefix}-guide", "").strip():
        made["guide"] = guide
    sections = {}
    for part in CASE_PARAGRAPHS:
        if lines := _lines(form.get(f"{prefix}-{part}", "")):
            was_list = isinstance((old.get("sections") or {}).get(part), list)
            sections[part] = lines if was_list or len(lines) > 1 else lines[0]
    if sections:
        made["sections"] = sections
    return made


def _lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def _ages(since: str, below: str, label: str) -> list[int] | None:
    if not since and not below:
        return None
    try:
        return [int(since or 0), int(below)]
    except ValueError as error:
        raise UserFacingError(f"Tuổi của trường hợp “{label}” phải là số: từ bao nhiêu, dưới bao nhiêu.") from error
