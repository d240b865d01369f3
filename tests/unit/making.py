"""Small guides and scripted understanding for tests that need no model."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import yaml

from core.guides import Guide, Section
from core.search import words_of
from core.text import Lexicon
from core.understanding import Understanding

LEXICON = Lexicon([])

RAW_GUIDE: dict[str, Any] = {
    "id": "lam_giay",
    "kind": "procedure",
    "title": "Làm giấy thử",
    "short_title": "Làm giấy thử",
    "area": "ho_tich",
    "code": "1.001193",
    "portal_url": "https://dichvucong.gov.vn/thu-tuc/1.001193",
    "aliases": ["làm giấy thử", "xin giấy thử", "cấp giấy thử"],
    "sections": {
        "summary": "Giấy thử xác nhận một việc.",
        "documents": [{"name": "Tờ khai", "copies": "1 bản chính"}],
        "steps": [
            {"do": "Mở trang.", "see": "Trang hiện ra.", "stuck": [{"cause": "Trang trắng", "cure": "Tải lại trang."}]},
            {"do": "Điền tờ khai."},
            {"do": "Bấm gửi."},
        ],
        "fee": "Không thu phí.",
    },
    "sources": [{"title": "Cổng Dịch vụ công quốc gia", "url": "https://dichvucong.gov.vn/", "date": "2026-01-02"}],
    "confidence": "high",
    "verified_on": "2026-01-02",
    "verify_again_by": "2026-12-31",
    "owner": "Sở Tư pháp",
}
"""The fields of a complete procedure, as its file says them."""


def raw_guide(**changes: Any) -> dict[str, Any]:
    """The fields of a guide, with some of them changed."""
    return {**copy.deepcopy(RAW_GUIDE), **changes}


def guide(**changes: Any) -> Guide:
    """A valid guide with some fields changed."""
    return Guide.model_validate(raw_guide(**changes))


def write_guide(folder: Path, raw: dict[str, Any], name: str | None = None) -> Path:
    """Write a guide's file where its area and id say, or under another name."""
    path = folder / str(raw.get("area", "ho_tich")) / (name or f"{raw.get('id', 'lam_giay')}.yml")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(raw, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def understood(
    text: str,
    chances: dict[str, float] | None = None,
    *,
    guides: dict[str, float] | None = None,
    aspects: dict[Section, float] | None = None,
    entities: tuple[tuple[str, str], ...] = (),
    lexicon: Lexicon = LEXICON,
) -> Understanding:
    """What a pipeline would have made of `text`, said by the test instead of a model."""
    return Understanding(
        text=text,
        words=tuple(words_of(text, lexicon)),
        chances=chances or {},
        guides=guides or {},
        aspects=aspects or {},
        novelty=0.0,
        entities=entities,
    )


def words_in(text: str) -> int:
    """Words between blanks, as the guides count them."""
    return len(text.split())
