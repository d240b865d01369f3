"""``python -m bench.ablation``: its variants fit the code, and its table says what was measured."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bench.ablation import SLICES, table
from bench.ablation_variants import VARIANTS, Variant
from bot.settings import ROOT
from nlu.training.spread import ALL_SLICES


def test_every_variant_fits_the_code() -> None:
    """What a variant replaces is there; a renamed function would make it measure the whole bot again."""
    apply_all = "from bench.ablation_variants import VARIANTS\nfor variant in VARIANTS: variant.patch(); print(variant.name)"
    done = subprocess.run([sys.executable, "-c", apply_all], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [variant.name for variant in VARIANTS]
    assert len(set(done.stdout.split())) == len(VARIANTS)


def test_a_variant_of_something_gone_is_refused() -> None:
    """Instead of changing nothing in silence."""
    from bench.ablation_variants import _put

    with pytest.raises(AttributeError):
        _put(Variant, "no_such_part", None)


def test_slices_are_known() -> None:
    """A misspelled one would be a column of dashes."""
    assert set(SLICES) <= set(ALL_SLICES)


def test_the_table_shows_what_was_measured() -> None:
    """One row a measured variant, a dash where nothing was asked."""
    report = {
        "overall": {"helped": 0.95, "wrong": 0.05, "refused": 0.01, "section": 0.9},
        "slices": {"as_typed": {"right": 0.912}, "typos": {"right": 0.85}},
        "sets": {"safety": {"as_typed": {"right": 1.0}}},
    }
    lines = table({"ours": report}).splitlines()
    assert len(lines) == 3
    assert lines[2].split(" | ") == [
        "| ours",
        "91.2",
        "–",
        "–",
        "–",
        "85.0",
        "–",
        "–",
        "–",
        "95.0",
        "5.0",
        "1.0",
        "90.0",
        "100.0",
        "–",
        "– |",
    ]
