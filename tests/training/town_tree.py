"""A part of the project's content that knows what it does not know: every kind of intent, fewer guides and examples of each.

Trained in seconds, it answers as the whole does; the small tree takes anything for one of its four guides.
"""

from __future__ import annotations

import re
from pathlib import Path

from bot.settings import ROOT
from nlu.training.staged import content_files
from nlu.training.train import train_model
from tests.training.trained import quickly_trained, without_other_guides, write_tests

__all__ = ["town_tree"]

_AREAS = ("an_toan", "vneid")
_GUIDES = (
    "an_sinh/tro_cap_xa_hoi_hang_thang", "cu_tru/dang_ky_tam_tru", "cu_tru/dang_ky_thuong_tru",
    "ho_tich/dang_ky_khai_sinh", "giao_thong/doi_giay_phep_lai_xe",
)  # fmt: skip
_EXAMPLES = 16
_NOT_OURS = 60
"""Examples of what belongs to no guide: many, for it is wide."""


def town_tree(root: Path, models: Path) -> Path:
    """Write the tree below `root`, with a model of it in `models`; returns the tree."""
    kept = {path.removeprefix("data/guides/").removesuffix(".yml") for path in content_files(ROOT) if _is_kept(path)}
    guides = {guide.rpartition("/")[2] for guide in kept}
    for path in content_files(ROOT):
        if (path.startswith("data/guides/") and not _is_kept(path)) or path.startswith("tests/"):
            continue
        text = (ROOT / path).read_text(encoding="utf-8")
        if path.startswith("data/guides/"):
            text = re.sub(r"(?m)^related:.*$", "related: []", text)
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    (root / "config.yml").write_text(quickly_trained((root / "config.yml").read_text("utf-8")), encoding="utf-8")
    without_other_guides(root / "data" / "talk", guides)
    _without_other_intents(root, guides)
    write_tests(root)
    train_model(root, models)
    return root


def _is_kept(path: str) -> bool:
    name = path.removeprefix("data/guides/").removesuffix(".yml")
    return path.startswith("data/guides/") and (name.partition("/")[0] in _AREAS or name in _GUIDES)


def _is_known(intent: str, guides: set[str]) -> bool:
    return not intent.startswith("topic_") or intent.removeprefix("topic_") in guides


def _without_other_intents(root: Path, guides: set[str]) -> None:
    domain = root / "domain.yml"
    lines = domain.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not (found := re.match(r"  - (topic_\w+)", line)) or _is_known(found[1], guides)]
    domain.write_text("".join(kept), encoding="utf-8")
    for path in [*(root / "data" / "rules").glob("*.yml"), *(root / "data" / "nlu").glob("*.yml")]:
        head, *blocks = re.split(r"(?m)^(?=  - (?:rule|intent): )", path.read_text(encoding="utf-8"))
        known = [_fewer(block) for block in blocks if _is_known((re.findall(r"- intent: (\w+)", block) or [""])[0], guides)]
        path.write_text(head + "".join(known), encoding="utf-8")


def _fewer(block: str) -> str:
    """A block with some of its examples, from all over."""
    lines = block.splitlines(keepends=True)
    examples = [line for line in lines if line.startswith("      - ")]
    if not block.startswith("  - intent: "):
        return block
    most = _NOT_OURS if "out_of_scope" in lines[0] or "other_procedure" in lines[0] else _EXAMPLES
    some = set(examples[:: max(1, -(-len(examples) // most))])
    return "".join(line for line in lines if line not in set(examples) or line in some)
