"""The report as one HTML page that needs nothing else: no script, no file beside it, every text escaped."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from core.guides import Section
from core.texts import SECTION_TITLES
from nlu.training.report import Report

__all__ = ["OUTCOME_NAMES", "render_report", "slice_names"]

_MISSES_SHOWN = 500

OUTCOME_NAMES: Mapping[str, str] = {
    "answered": "trả lời",
    "clarify": "hỏi lại",
    "step": "chỉ từng bước",
    "smalltalk": "trò chuyện",
    "fallback": "chưa hiểu",
    "handoff": "chuyển cán bộ",
    "safety": "cảnh báo",
}

_NAMES: Mapping[str, str] = {
    "as_typed": "Như bà con gõ",
    "unaccented": "Bỏ hết dấu",
    "half_accented": "Bỏ dấu nửa số từ",
    "nfd": "Unicode tách dấu (NFD)",
    "tone_place": "Đặt dấu kiểu khác (hoà, hòa)",
    "teencode": "Viết tắt, teencode",
    "dialect": "Giọng Huế",
    "typos": "Gõ nhầm",
    "telex": "Quên bật bộ gõ (Telex)",
    "vni": "Quên bật bộ gõ (VNI)",
    "long": "Tin nhắn dài, kể chuyện",
    "several": "Hai câu hỏi một tin",
    "aspects": "Hỏi về thủ tục",
    "topics": "VNeID, cổng, chữ ký số",
    "safety": "Lừa đảo, an toàn",
    "dialogue": "Trò chuyện",
    "out_of_scope": "Ngoài phạm vi",
    "other_procedure": "Thủ tục chưa có hướng dẫn",
    "conversations": "Hỏi nối tiếp",
    "right": "đúng",
    "asked": "hỏi lại đúng",
    "wrong": "sai",
    "refused": "từ chối",
    "other": "khác",
    "section": "sai mục",
}


def render_report(report: Report) -> str:
    """`report` as an HTML page."""
    wrong_first = sorted(report.misses, key=lambda miss: (miss.slice != "as_typed", miss.score != "wrong", miss.set))
    return _template().render(
        report=report,
        name=_name,
        misses=wrong_first[:_MISSES_SHOWN],
        left_out=len(wrong_first[_MISSES_SHOWN:]),
    )


def slice_names() -> dict[str, str]:
    """What people call slices, sets and scores."""
    return dict(_NAMES)


def _name(key: str) -> str:
    """What people call a slice, a set, a score or a section; others by their own name."""
    return _NAMES.get(key) or (SECTION_TITLES[Section(key)] if key in set(Section) else key)


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["percent"] = lambda share: "–" if share is None else f"{100 * share:.1f}".replace(".", ",") + " %"
    environment.filters["points"] = lambda share: "–" if share is None else f"{100 * share:+.1f}".replace(".", ",")
    return environment.get_template("report.html")
