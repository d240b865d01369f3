"""What each part of the understanding is worth: the held-out sentences asked of the bot with one part taken out at a time.

``python -m bench.ablation [VARIANT …] [--folder DIR] [--limit N]``: measures each variant of `bench.ablation_variants` in a
process of its own, keeps each result in DIR, measures none twice, and prints the table of docs/nlu.md. Most train a model.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from bench.ablation_variants import VARIANTS, Variant
from bench.machine import ROOT
from nlu.training.labels import Labelled
from nlu.training.train import content_hash, require_model, train_model

__all__ = ["main", "measure", "table"]

SLICES = ("as_typed", "unaccented", "teencode", "dialect", "typos", "telex", "long", "several")
"""Left out: decomposed text and the other tone place, brought to one form before anything is learned; VNI, which does as Telex
does; half of the accents, which lies between all and none."""

_FIGURES = ("helped", "wrong", "refused", "section")
_SHORT = {"unaccented": "no accents", "as_typed": "as typed"}


def measure(variant: Variant, folder: Path, limit: int | None) -> dict[str, Any]:
    """The report of one variant; changes this process for good."""
    variant.patch()
    from bot.agent import Brain, quiet_rasa
    from bot.ask import Question, answer_all
    from core.dialogue import Dialogue
    from core.knowledge import Knowledge
    from nlu.training.evaluate import evaluate
    from nlu.training.held_out import load_held_out
    from nlu.training.report import make_report
    from nlu.training.spread import some_of, spread

    quiet_rasa()
    model = _train(variant, folder) if variant.trains else require_model(ROOT, ROOT / "models")
    knowledge = Knowledge.load(ROOT / "data")
    brain = Brain(model, Dialogue(knowledge))

    def ask(messages: Sequence[Labelled]) -> AsyncIterator[Mapping[str, Any]]:
        return answer_all((Question(one.id, one.text, one.conversation) for one in messages), brain, ())

    questions = some_of(load_held_out(ROOT / "tests" / "nlu", knowledge.guides), limit)
    report = make_report(asyncio.run(evaluate(spread(questions, SLICES), ask)), {"variant": variant.name})
    return report.as_json()


def _train(variant: Variant, folder: Path) -> Path:
    """A model of the variant, from a copy of the project's data and configuration."""
    project = folder / variant.name
    shutil.rmtree(project, ignore_errors=True)
    project.mkdir(parents=True)
    (project / "domain.yml").symlink_to(ROOT / "domain.yml")
    shutil.copytree(ROOT / "data", project / "data")
    config = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
    if variant.pipeline is not None:
        config["pipeline"] = list(variant.pipeline)
    (project / "config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    for path in (project / "data" / "nlu").glob("*.yml"):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        content["nlu"] = [item for item in content["nlu"] if item.get("intent") not in variant.without_intents]
        if content["nlu"]:
            path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
        else:
            path.unlink()
    return train_model(project, project / "models").path


def table(reports: Mapping[str, Mapping[str, Any]], variants: Sequence[Variant] = VARIANTS) -> str:
    """The results as a Markdown table: share of right answers in each slice, and what else a part may cost as typed."""
    heads = ["variant", *(_SHORT.get(name, name) for name in SLICES), *_FIGURES, "safety", "out of scope", "follow-ups"]
    lines = [f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]
    for variant in variants:
        if (report := reports.get(variant.name)) is not None:
            lines.append(f"| {variant.title} | {' | '.join(_cells(report))} |")
    return "\n".join(lines)


def _cells(report: Mapping[str, Any]) -> list[str]:
    plain = report["overall"]
    by_slice = [report["slices"][name]["right"] if name in report["slices"] else None for name in SLICES]
    sets = [report["sets"].get(name, {}).get("as_typed", {}).get("right") for name in ("safety", "out_of_scope", "conversations")]
    return [_percent(share) for share in (*by_slice, *(plain[figure] for figure in _FIGURES), *sets)]


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f}"


def main() -> None:
    """Command line."""
    by_name = {variant.name: variant for variant in VARIANTS}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("variants", nargs="*", metavar="VARIANT", help=", ".join(by_name))
    parser.add_argument("--folder", type=Path, default=ROOT / "var" / "ablation", help="results and models; default: %(default)s")
    parser.add_argument("--limit", type=int, help="only so many conversations, drawn at random")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)  # one variant, in this process
    options = parser.parse_args()
    if unknown := set(options.variants) - set(by_name):
        parser.error(f"no variant {', '.join(sorted(unknown))}; there are: {', '.join(by_name)}")
    folder = options.folder / f"{content_hash(ROOT)}-{options.limit or 'all'}"
    wanted = [by_name[name] for name in options.variants or by_name]
    for variant in wanted:
        file = folder / f"{variant.name}.json"
        if options.here:
            text = json.dumps(measure(variant, folder, options.limit), ensure_ascii=False)
            file.write_text(text, encoding="utf-8")
        elif not file.exists():
            print(f"measuring {variant.name} …", file=sys.stderr)
            _in_a_process_of_its_own(variant, options.folder, options.limit)
    if not options.here:
        done = {variant.name: folder / f"{variant.name}.json" for variant in VARIANTS}
        print(table({name: json.loads(file.read_text("utf-8")) for name, file in done.items() if file.exists()}))


def _in_a_process_of_its_own(variant: Variant, folder: Path, limit: int | None) -> None:
    (folder / f"{content_hash(ROOT)}-{limit or 'all'}").mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "bench.ablation", variant.name, "--here", "--folder", str(folder)]
    command += ["--limit", str(limit)] if limit else []
    subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, "TQDM_DISABLE": "1"}, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
