"""A measured candidate's report, as the training process leaves it."""

from __future__ import annotations

from typing import Any

__all__ = ["passing_report"]

_SHARES: dict[str, Any] = {"n": 10, "right": 0.9, "wrong": 0.1}


def passing_report(**changes: Any) -> dict[str, Any]:
    """What is left of a candidate that passes the gate, but for `changes`."""
    one = {
        "overall": _SHARES,
        "slices": {"as_typed": _SHARES, "unaccented": _SHARES},
        "sets": {"out_of_scope": {"as_typed": _SHARES}},
        "intents": [{"name": "topic_quen_mat_khau", "expected": 20, "recall": 0.9}],
        "bytes": 1000,
    }
    return {
        "candidate": one,
        "live": one,
        "lost": [],
        "gained": [],
        "unheard": [],
        "safety": {"n": 5, "missed": []},
        "pairs": [],
        "own": [],
        "new_sentences": {"n": 0, "missed": [], "without": []},
        "stories": {"played": 3, "failed": [], "also_live": 0},
        "slower": 1.0,
        "intents": ["topic_quen_mat_khau"],
        "titles": {
            "topic_quen_mat_khau": "Quên mật khẩu",
            "topic_khong_nhan_otp": "Không nhận được mã OTP",
            "fallback": "chưa hiểu",
            "clarify": "hỏi lại",
        },
        "names": {"as_typed": "Như bà con gõ", "unaccented": "Bỏ hết dấu"},
        "questions": 20,
        "replay": {"asked": 0, "changed": 0},
    } | changes
