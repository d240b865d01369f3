"""The gate before a release: what a candidate must show, checked over the numbers of its report, with the sentences that fail it.

The limits are in ``gate.yml`` beside this module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import ContentError

__all__ = ["Check", "Limits", "Review", "judge"]

_SENTENCES = 12
_GATE = Path(__file__).parent / "gate.yml"


class Limits(BaseModel):
    """``gate.yml``; the file says what each limit means."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    spellings: tuple[str, ...]
    right_drop: float = Field(ge=0, le=1)
    slice_drop: float = Field(ge=0, le=1)
    intent_recall_drop: float = Field(ge=0, le=1)
    intent_least: int = Field(ge=1)
    safety_warned: float = Field(ge=0, le=1)
    out_of_scope_more: float = Field(ge=0, le=1)
    new_sentences: float = Field(ge=0, le=1)
    own_examples: float = Field(ge=0, le=1)
    own_examples_least: int = Field(ge=1)
    stories_failed: int = Field(ge=0)
    replay_days: int = Field(ge=1)
    replay_messages: int = Field(ge=0)
    replay_sample: int = Field(ge=0)
    replay_worse: float = Field(ge=0, le=1)
    slower: float = Field(ge=1)
    larger: float = Field(ge=1)
    megabytes: float = Field(gt=0)

    @classmethod
    def load(cls, path: Path = _GATE) -> Limits:
        """Read the file.

        Raises:
            ContentError: Names each limit that is missing, unknown or out of range.
        """
        try:
            return cls.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        except (OSError, yaml.YAMLError) as error:
            raise ContentError([f"{path}: {error}"]) from error
        except ValidationError as error:
            problems = [f"{path}: {'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()]
            raise ContentError(problems) from error


@dataclass(frozen=True)
class Review:
    """What people said of the answers that a candidate changes (core.storage.replays)."""

    sampled: int
    reviewed: int
    worse: int


@dataclass(frozen=True)
class Check:
    """One thing the gate looks at.

    Args:
        name: Of the limit it belongs to.
        title: What it is about, for trainers.
        passed: Whether the candidate may pass.
        told: What was found.
        sentences: Those that made it fail, and what became of each.
    """

    name: str
    title: str
    passed: bool
    told: str
    sentences: tuple[str, ...] = ()


def judge(limits: Limits, report: Mapping[str, Any], review: Review) -> list[Check]:
    """Every check of the gate over a candidate's report (nlu.training.comparing); all must pass."""
    checks = [
        *_right(limits, report),
        _intents(limits, report),
        _safety(limits, report),
        _out_of_scope(limits, report),
        _new_sentences(limits, report),
        _own_examples(limits, report),
        _stories(limits, report),
        _replay(limits, report, review),
        *_machine(limits, report),
    ]
    return sorted(checks, key=lambda check: check.passed)


def _percent(share: float) -> str:
    return f"{100 * share:.1f}".replace(".", ",") + " %"


def _right(limits: Limits, report: Mapping[str, Any]) -> Iterable[Check]:
    for name, now in report["candidate"]["slices"].items():
        before = report["live"]["slices"].get(name, now)
        plain = name == "as_typed"
        allowed = limits.right_drop if plain else limits.slice_drop
        yield Check(
            "right_drop" if plain else "slice_drop",
            "Trả lời đúng các câu kiểm tra" if plain else f"Trả lời đúng khi gõ kiểu khác: {report['names'].get(name, name)}",
            now["right"] >= before["right"] - allowed,
            f"{_percent(now['right'])}, bản đang dùng {_percent(before['right'])}; được kém hơn nhiều nhất {_percent(allowed)}",
            _told(report, (item for item in report["lost"] if item["slice"] == name)),
        )


def _told(report: Mapping[str, Any], lost: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    called = _calling(report)
    lines = [f"“{item['text']}”: cần {called(item['expected'])}, nay ra {called(item['got'])}" for item in lost]
    return tuple(lines[:_SENTENCES])


def _calling(report: Mapping[str, Any]) -> Callable[[str], str]:
    """How people call an intent, a guide or an outcome."""
    titles = report["titles"]

    def called(name: str) -> str:
        return f"“{titles[name]}”" if name in titles else name

    return called


def _intents(limits: Limits, report: Mapping[str, Any]) -> Check:
    before = {item["name"]: item for item in report["live"]["intents"]}
    here = set(report["intents"])
    fallen = []
    for item in report["candidate"]["intents"]:
        live = before.get(item["name"])
        if live is None or item["name"] not in here or item["expected"] < limits.intent_least or item["recall"] is None:
            continue
        if item["recall"] < (live["recall"] or 0.0) - limits.intent_recall_drop:
            fallen.append((item["name"], live["recall"], item["recall"]))
    called = _calling(report)
    told = "; ".join(f"{called(name)} từ {_percent(a)} còn {_percent(b)}" for name, a, b in fallen)
    names = {name for name, *_ in fallen}
    return Check(
        "intent_recall_drop",
        "Không ý định nào bị nghe kém đi",
        not fallen,
        told or f"không ý định nào kém đi quá {_percent(limits.intent_recall_drop)}",
        tuple(
            f"“{item['text']}”: cần {called(item['intent'])}, nay nghe ra {called(item['got'])}"
            for item in report["unheard"]
            if item["intent"] in names
        )[:_SENTENCES],
    )


def _safety(limits: Limits, report: Mapping[str, Any]) -> Check:
    asked, missed = report["safety"]["n"], report["safety"]["missed"]
    share = 1 - len(missed) / asked if asked else 1.0
    return Check(
        "safety_warned",
        "Tin nghi lừa đảo luôn được cảnh báo",
        share >= limits.safety_warned,
        f"{asked - len(missed)}/{asked} tin được cảnh báo",
        tuple(f"“{text}”" for text in missed[:_SENTENCES]),
    )


def _out_of_scope(limits: Limits, report: Mapping[str, Any]) -> Check:
    now, before = (_wrong_of(report[side]) for side in ("candidate", "live"))
    return Check(
        "out_of_scope_more",
        "Không trả lời bừa điều ngoài phạm vi",
        now <= before + limits.out_of_scope_more,
        f"{_percent(now)} câu ngoài phạm vi bị trả lời bằng hướng dẫn, bản đang dùng {_percent(before)}",
        _told(report, (item for item in report["lost"] if item["set"] == "out_of_scope")),
    )


def _wrong_of(side: Mapping[str, Any]) -> float:
    found: float = side["sets"].get("out_of_scope", {}).get("as_typed", {}).get("wrong", 0.0)
    return found


def _new_sentences(limits: Limits, report: Mapping[str, Any]) -> Check:
    new, called = report["new_sentences"], _calling(report)
    share = 1 - len(new["missed"]) / new["n"] if new["n"] else 1.0
    told = f"{new['n'] - len(new['missed'])}/{new['n']} câu" if new["n"] else "không có câu nào mới"
    if new["without"]:
        told += f"; chưa có câu kiểm tra cho ý định mới: {', '.join(map(called, new['without']))}"
    return Check(
        "new_sentences",
        "Trả lời đúng các câu kiểm tra mới soạn",
        share >= limits.new_sentences,
        told,
        tuple(
            f"“{item['text']}”: cần {called(item['expected'])}, ra {called(item['got'])}" for item in new["missed"][:_SENTENCES]
        ),
    )


def _own_examples(limits: Limits, report: Mapping[str, Any]) -> Check:
    bad = [
        item
        for item in report["own"]
        if item["n"] >= limits.own_examples_least and 1 - len(item["wrong"]) / item["n"] < limits.own_examples
    ]
    called = _calling(report)
    told = "; ".join(f"{called(item['intent'])}: {len(item['wrong'])}/{item['n']} câu" for item in bad)
    return Check(
        "own_examples",
        "Hiểu được chính câu ví dụ vừa soạn",
        not bad,
        f"nghe sai câu ví dụ của {told}; có thể câu gán nhầm ý định"
        if bad
        else (f"đã thử câu mới của {len(report['own'])} ý định" if report["own"] else "không có câu ví dụ nào mới"),
        tuple(
            f"“{wrong['text']}”: ví dụ của {called(item['intent'])}, nghe ra {called(wrong['got'])}"
            for item in bad
            for wrong in item["wrong"]
        )[:_SENTENCES],
    )


def _stories(limits: Limits, report: Mapping[str, Any]) -> Check:
    stories = report["stories"]
    told = f"{stories['played'] - len(stories['failed'])}/{stories['played']} kịch bản đạt"
    if not stories["played"]:
        told = "chưa có kịch bản nào; hãy lưu một hội thoại của hộp thư thành kịch bản rồi huấn luyện lại"
    return Check(
        "stories_failed",
        "Kịch bản hội thoại",
        stories["played"] > 0 and len(stories["failed"]) <= limits.stories_failed,
        told + (f"; {stories['also_live']} kịch bản hỏng cả với bản đang dùng" if stories["also_live"] else ""),
        tuple(item["told"] for item in stories["failed"][:_SENTENCES]),
    )


def _replay(limits: Limits, report: Mapping[str, Any], review: Review) -> Check:
    replay = report["replay"]
    done = review.reviewed >= review.sampled
    worse = review.worse / review.reviewed if review.reviewed else 0.0
    told = (
        f"{replay['changed']}/{replay['asked']} tin có câu trả lời khác; đã xem {review.reviewed}/{review.sampled} tin chọn mẫu"
    )
    if review.reviewed:
        told += f", {review.worse} tin kém đi (được nhiều nhất {_percent(limits.replay_worse)})"
    return Check("replay_worse", "Phát lại tin nhắn của bà con", done and worse <= limits.replay_worse, told)


def _machine(limits: Limits, report: Mapping[str, Any]) -> Sequence[Check]:
    now, before = report["candidate"]["bytes"], report["live"]["bytes"]
    size = now / before if before else 1.0
    slower = report["slower"]
    return (
        Check(
            "slower",
            "Không chậm đi",
            slower <= limits.slower,
            f"mỗi tin mất {_times(slower)} bản đang dùng; được nhiều nhất {_times(limits.slower)}",
        ),
        Check(
            "larger",
            "Mô hình không phình ra",
            size <= limits.larger and now <= limits.megabytes * 1_000_000,
            f"{now / 1_000_000:.1f} MB, ".replace(".", ",") + f"{_times(size)} bản đang dùng; "
            f"được nhiều nhất {_times(limits.larger)} và {limits.megabytes:.0f} MB",
        ),
    )


def _times(ratio: float) -> str:
    return f"{ratio:.2f}".replace(".", ",") + " lần"
