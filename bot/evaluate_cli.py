"""``troly evaluate``: how well the bot understands, asked through the same turns as every channel."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from bot.settings import ROOT, Settings
from core.errors import ContentError, UserFacingError
from nlu.training.spread import ALL_SLICES

if TYPE_CHECKING:
    from bot.agent import Brain
    from core.knowledge import Knowledge
    from nlu.training.labels import Labelled
    from nlu.training.report import Report

__all__ = ["evaluate_command"]

HELD_OUT = ROOT / "tests" / "nlu"

out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)


def evaluate_command(
    questions: Annotated[
        list[Path] | None,
        typer.Option("--questions", help="Labelled questions as JSON lines (docs/evaluation.md); without, those of tests/nlu."),
    ] = None,
    slices: Annotated[
        list[str] | None,
        typer.Option("--slice", help=f"Only this spelling; may be given again. One of: {', '.join(ALL_SLICES)}."),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many conversations, drawn at random from the seed.")] = None,
    seed: Annotated[int, typer.Option(help="Another seed gives other spellings and other draws.")] = 0,
    json_file: Annotated[Path | None, typer.Option("--json", help='Write the report as JSON; "-" is standard output.')] = None,
    html_file: Annotated[Path | None, typer.Option("--html", help="Write the report as one HTML page.")] = None,
) -> None:
    """Ask labelled questions in every spelling and report how many were understood."""
    chosen = tuple(dict.fromkeys(slices or ALL_SLICES))
    if unknown := [name for name in chosen if name not in ALL_SLICES]:
        raise typer.BadParameter(f"no slice {', '.join(unknown)}; there are: {', '.join(ALL_SLICES)}", param_hint="--slice")
    report = _measure(Settings.load(), questions or [], chosen, limit, seed)
    if html_file is not None:
        from nlu.training.report_page import render_report

        _write(html_file, render_report(report))
    if json_file is not None:
        text = json.dumps(report.as_json(), ensure_ascii=False, indent=1) + "\n"
        _write(json_file, text)
    if json_file is None or str(json_file) != "-":
        _show(report)


def _measure(settings: Settings, files: Sequence[Path], slices: Sequence[str], limit: int | None, seed: int) -> Report:
    """Rasa is imported below and not above: every other command starts at once, and a wrong file is told at once."""
    asked = _questions(files)
    from bot.agent import Brain, quiet_rasa
    from bot.app import load_knowledge
    from core.dialogue import Dialogue
    from nlu.training.evaluate import evaluate
    from nlu.training.held_out import load_held_out
    from nlu.training.report import make_report
    from nlu.training.spread import some_of, spread
    from nlu.training.train import require_model

    quiet_rasa(settings.log_level)
    with err.status("Đang nạp mô hình và hướng dẫn…"):
        knowledge = load_knowledge(settings)
        asked = asked or load_held_out(HELD_OUT, knowledge.guides, catalogue=knowledge.catalogue is not None)
        _tell_unknown(asked, knowledge)
        brain = Brain(require_model(settings.content_dir, settings.models_dir), Dialogue(knowledge), settings.content_dir)
    messages = spread(some_of(asked, limit, seed), slices, seed)
    columns = (TextColumn("Đang hỏi"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task("", total=len(messages))
        scored = asyncio.run(evaluate(messages, _asking(brain, settings), lambda: progress.advance(task)))
    source = ", ".join(file.name for file in files) or "tests/nlu"
    about = {
        "model": brain.model_name,
        "source": source,
        "seed": seed,
        "limit": limit,
        "catalogue": knowledge.catalogue is not None,
    }
    return make_report(scored, about)


def _questions(files: Sequence[Path]) -> list[Labelled]:
    """The questions of all `files`; none without files."""
    from nlu.training.labels import read_labelled

    asked: list[Labelled] = []
    for file in files:
        try:
            asked += read_labelled(file.read_text(encoding="utf-8").splitlines())
        except ContentError as error:
            raise ContentError([f"{file}: {problem}" for problem in error.problems]) from error
        except (OSError, UnicodeDecodeError) as error:
            raise UserFacingError(f"{file}: cannot be read as UTF-8 text ({error})") from error
    if files and not any(question.expected for question in asked):
        raise UserFacingError("None of the questions has a label that can be scored; see docs/evaluation.md")
    return asked


def _tell_unknown(asked: Sequence[Labelled], knowledge: Knowledge) -> None:
    """Guides that labels name and that are not there can never be right; they may be misspelled."""
    named = {guide for question in asked if question.expected for guide in question.expected.guides}
    if unknown := sorted(guide for guide in named if knowledge.guide(guide) is None):
        err.print(f"Nhãn nêu hướng dẫn không có, sẽ không câu nào đúng: {', '.join(unknown)}", markup=False)


def _asking(brain: Brain, settings: Settings) -> Any:
    from bot.ask import Question, answer_all

    def ask(messages: Sequence[Labelled]) -> AsyncIterator[Mapping[str, Any]]:
        questions = (Question(message.id, message.text, message.conversation) for message in messages)
        return answer_all(questions, brain, settings.allowed_hosts)

    return ask


def _write(file: Path, text: str) -> None:
    if str(file) == "-":
        sys.stdout.write(text)
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserFacingError(f"{file}: cannot be written ({error.strerror})") from error
    err.print(f"Đã ghi {file}")


def _show(report: Report) -> None:
    table = Table("cách gõ", "số câu", "đúng", "giúp được", "sai", "từ chối", "đúng mục", "thay đổi", box=None)
    for name, row in report.slices.items():
        shares = [_percent(row[key]) for key in ("right", "helped", "wrong", "refused", "section")]
        table.add_row(name, str(row["n"]), *shares, _points(row["change_of_right"]))
    out.print(table)
    table = Table("nhóm", "số câu", "đúng", "giúp được", "sai", "từ chối", "đúng mục", box=None)
    for name, slices in report.sets.items():
        first = next(iter(slices.values()))
        shares = [_percent(share) for share in (first.right, first.helped, first.wrong, first.refused, first.section)]
        table.add_row(name, str(first.n), *shares)
    out.print(table)
    out.print(f"Lệch độ tin cậy (ECE): {_percent(report.calibration_error)}")


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"


def _points(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:+.1f}"
