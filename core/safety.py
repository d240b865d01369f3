"""Urgent safety by rule: scams, demands for codes, fake apps and links, false officials.

The rules stand in ``data/lexicon/safety.yml``: sets of things that must all be said, in any order, whatever the
accents. Missing a scam is the worst mistake the bot can make; together with the classifiers (see core.decision) the
rules lean towards warning, while ordinary trouble with codes ("không nhận được OTP") is kept out by what must not be said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from core.errors import ContentError
from core.phrases import Phrases, bare

__all__ = ["URGENT_GUIDES", "SafetyRules"]

URGENT_GUIDES = ("lua_dao", "vneid_gia_mao", "doi_ma_otp", "gia_danh_cong_an", "nguoi_lam_ho_thu_tien")
"""Ids of the guides the rules lead to."""

_WINDOW = 30
"""Words within which everything a rule asks for must be said: long stories mention many unrelated things."""


@dataclass(frozen=True)
class _Rule:
    guide: str
    all_of: tuple[Phrases, ...]
    none_of: tuple[Phrases, ...]

    def fires(self, said: str) -> bool:
        return all(part.within(said) for part in self.all_of) and not any(part.within(said) for part in self.none_of)


class SafetyRules:
    """The rules of an installation, in the order they are tried."""

    def __init__(self, rules: Sequence[_Rule]) -> None:
        self._rules = tuple(rules)

    @classmethod
    def load(cls, path: Path) -> SafetyRules:
        """Read a rules file.

        Raises:
            ContentError: It is not YAML, or a rule names a group or a guide that does not exist.
        """
        try:
            raw: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["safety"]
            groups = {name: Phrases(phrases) for name, phrases in raw["groups"].items()}
            rules = [
                _Rule(
                    rule["guide"],
                    tuple(groups[name] for name in rule["all"]),
                    tuple(groups[name] for name in rule.get("unless", ())),
                )
                for rule in raw["rules"]
            ]
        except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
            raise ContentError(
                [f"{path}: {error!r}: needs 'safety' with 'groups' and 'rules'; see the head of the file"]
            ) from error
        if unknown := {rule.guide for rule in rules} - set(URGENT_GUIDES):
            raise ContentError([f"{path}: rules lead to {sorted(unknown)}; they may lead to {', '.join(URGENT_GUIDES)}"])
        return cls(rules)

    def guide(self, words: Sequence[str]) -> str | None:
        """The safety guide that normalised `words` call for, or None."""
        for start in range(0, max(1, len(words) - _WINDOW // 2), _WINDOW // 2):
            said = bare(words[start : start + _WINDOW])
            for rule in self._rules:
                if rule.fires(said):
                    return rule.guide
        return None
