"""The command line, ``troly``. Exit codes: 0 done, 1 something is wrong with the content, 2 wrong use or settings."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot.cases_cli import cases_app
from bot.catalogue_cli import catalogue_app
from bot.channels_cli import channels_app, zalo_app
from bot.evaluate_cli import evaluate_command
from bot.models_cli import models_app
from bot.notices_cli import notices_app
from bot.outbox_cli import outbox_app
from bot.retention_cli import retention_app
from bot.settings import ROOT, Settings
from bot.staff_cli import staff_app
from core.errors import ContentError, ProjectError
from core.guides import Guide, Section, load_guides

if TYPE_CHECKING:
    from bot.agent import Brain

__all__ = ["app", "main"]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Trợ lý dịch vụ công: serve the bot, talk to it, train it, look after what it knows.",
)
guides_app = typer.Typer(no_args_is_help=True, help="What the bot knows.")
app.add_typer(guides_app, name="guides")
app.add_typer(cases_app, name="cases")
app.add_typer(catalogue_app, name="catalogue")
app.add_typer(staff_app, name="staff")
app.add_typer(retention_app, name="retention")
app.add_typer(notices_app, name="notices")
app.add_typer(outbox_app, name="outbox")
app.command("evaluate")(evaluate_command)
app.add_typer(channels_app, name="channels")
app.add_typer(zalo_app, name="zalo")
app.add_typer(models_app, name="models")

out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)

Json = Annotated[bool, typer.Option("--json", help="One JSON document instead of text.")]


def _load(settings: Settings) -> Brain:
    """Rasa is imported here and not above: every other command starts at once."""
    from bot.agent import quiet_rasa
    from bot.app import load_brain
    from nlu.training.train import require_model

    quiet_rasa(settings.log_level)
    return load_brain(settings, require_model(settings.content_dir, settings.models_dir))


@app.command()
def serve() -> None:
    """Start the bot: the web chat, and every channel that has a token in the settings."""
    settings = Settings.load()
    started = time.monotonic()
    with err.status("Đang nạp mô hình và hướng dẫn…"):
        release_id = asyncio.run(_take_stock(settings))
        brain = _load(settings)
    asyncio.run(_serve(settings, brain, release_id, started))


async def _take_stock(settings: Settings) -> int:
    """The release in force, with the project's files in step with it."""
    from bot.app import releasing_of
    from core.storage.database import Database

    database = Database(settings.database_url.get_secret_value())
    try:
        await database.migrate()
        return await releasing_of(settings, database).take_stock()
    finally:
        await database.close()


async def _serve(settings: Settings, brain: Brain, release_id: int, started: float) -> None:
    from bot.app import running
    from bot.services.sign_in import first_link

    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with running(settings, brain, release_id) as product:
        names = ", ".join(product.channels)
        out.print(f"Trợ lý đang chạy: {product.address}  ({names}; {time.monotonic() - started:.1f} s). Dừng: Ctrl-C")
        if link := await first_link(product.database, settings.public_url or product.address):
            out.print("Chưa có tài khoản cán bộ. Mở liên kết này để tạo người quản trị đầu tiên (dùng một lần, trong 72 giờ):")
            out.print(link, markup=False)
        await stop.wait()
        out.print("Đang dừng…")
    out.print("Đã dừng.")


@app.command()
def chat() -> None:
    """Talk to the bot in the terminal; nothing is kept."""
    settings = Settings.load()
    with err.status("Đang nạp mô hình và hướng dẫn…"):
        brain = _load(settings)
    asyncio.run(_chat(settings, brain))


async def _chat(settings: Settings, brain: Brain) -> None:
    from bot.ask import Question, conversation

    out.print("[dim]Gõ câu hỏi; gõ số để chọn; Ctrl-D để thôi.[/dim]")
    async with conversation(brain, settings.allowed_hosts) as answer:
        number, choice = 0, "start"
        text = ""
        while True:
            report = await answer(Question(str(number), text, "terminal", choice or None))
            for reply in report.replies:
                out.print(f"[bold magenta]Trợ lý:[/] {reply.text.translate(_ESCAPE)}")
                for n, offered in enumerate(reply.choices, 1):
                    out.print(f"   [cyan]{n}.[/] {offered.label.translate(_ESCAPE)}")
            number, choice = number + 1, ""
            try:
                text = await asyncio.to_thread(input, "Bà con: ")
            except (EOFError, KeyboardInterrupt):
                out.print("\nDạ chào bà con.")
                return


_ESCAPE = str.maketrans({"[": r"\["})


@app.command()
def ask(
    question: Annotated[str | None, typer.Argument(help="One question.")] = None,
    jsonl: Annotated[
        Path | None, typer.Option("--jsonl", help='File of questions, or "-": JSON objects with "text", or plain lines.')
    ] = None,
) -> None:
    """Answer questions through the same turns as every channel; one JSON object a line with --jsonl."""
    if (question is None) == (jsonl is None):
        raise typer.BadParameter("give one question, or --jsonl FILE")
    from bot.ask import Question, answer_all, read_questions

    if jsonl is not None:
        lines = sys.stdin.read() if str(jsonl) == "-" else jsonl.read_text(encoding="utf-8")
        questions = read_questions(lines.splitlines())
    else:
        questions = [Question("1", question or "", "1")]
    settings = Settings.load()
    with err.status("Đang nạp mô hình và hướng dẫn…"):
        brain = _load(settings)

    async def run() -> None:
        async for answer in answer_all(questions, brain, settings.allowed_hosts):
            if jsonl is not None:
                sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
            else:
                out.print("\n\n".join(answer["replies"]).translate(_ESCAPE))
        sys.stdout.flush()

    asyncio.run(run())


@app.command()
def train(
    force: Annotated[bool, typer.Option("--force", help="Train also when a model fits the present data.")] = False,
) -> None:
    """Train a model on data/; does nothing when one fits the present data."""
    from nlu.training.train import find_model, train_model

    settings = Settings.load()
    found = None if force else find_model(settings.content_dir, settings.models_dir)
    if found is not None:
        out.print(f"Mô hình đã có: {found.name}")
        return
    from bot.agent import quiet_rasa

    quiet_rasa(settings.log_level)
    with err.status("Đang huấn luyện (chừng nửa phút)…"):
        model = train_model(settings.content_dir, settings.models_dir)
    out.print(f"Đã huấn luyện {model.path.name} trong {model.seconds} giây")


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}, add_help_option=False
)
def rasa(context: typer.Context) -> None:
    """Run any stock Rasa command with the slim imports: troly rasa shell, troly rasa data validate, and so on."""
    from nlu.slim import run_stock_command

    run_stock_command(context.args, str(ROOT))


@guides_app.command("validate")
def guides_validate(as_json: Json = False) -> None:
    """Check every guide; names file, field and cure of whatever is wrong."""
    folder = Settings.load().data_dir / "guides"
    try:
        count = len(load_guides(folder))
        problems: list[str] = []
    except ContentError as error:
        count, problems = 0, error.problems
    if as_json:
        out.print_json(data={"guides": count, "problems": problems})
    elif problems:
        for problem in problems:
            err.print(problem, markup=False)
    else:
        out.print(f"{count} hướng dẫn, không có lỗi.")
    if problems:
        raise typer.Exit(1)


@guides_app.command("list")
def guides_list(as_json: Json = False) -> None:
    """Every guide with its area, portal code and check dates."""
    library = load_guides(Settings.load().data_dir / "guides")
    if as_json:
        rows = [
            {**guide.model_dump(mode="json", include={"id", "kind", "title", "area", "code", "verify_again_by"})}
            for guide in library.values()
        ]
        out.print_json(data=rows)
        return
    table = Table("id", "tên", "mã", "kiểm tra lại trước", box=None)
    for area, guides in library.by_area.items():
        table.add_section()
        table.add_row(f"[bold]{area}[/]")
        for guide in guides:
            table.add_row(guide.id, guide.title, guide.code or "", f"{guide.verify_again_by:%d/%m/%Y}")
    out.print(table)


@guides_app.command("show")
def guides_show(
    guide_id: Annotated[str, typer.Argument(help="Id, as `troly guides list` shows it.")], as_json: Json = False
) -> None:
    """One guide, as citizens get it."""
    library = load_guides(Settings.load().data_dir / "guides")
    if guide_id not in library:
        import difflib

        near = difflib.get_close_matches(guide_id, list(library), 3)
        raise typer.BadParameter(f"no guide '{guide_id}'" + (f"; did you mean {', '.join(near)}?" if near else ""))
    guide = library[guide_id]
    if as_json:
        out.print_json(guide.model_dump_json())
        return
    from core.answers import section_replies

    for section in Section:
        if guide.has(section):
            for reply in section_replies(guide, section):
                out.print(reply.text.translate(_ESCAPE) + "\n")


@guides_app.command("links")
def guides_links(as_json: Json = False) -> None:
    """Ask whether the official links of all guides still lead somewhere; without a network it says so."""
    from bot.link_check import LinkState, check_links

    settings = Settings.load()
    found = asyncio.run(check_links(load_guides(settings.data_dir / "guides").values(), settings.allowed_hosts))
    if as_json:
        out.print_json(data=[asdict(finding) for finding in found])
        return
    asked = [finding for finding in found if finding.state is not LinkState.NOT_OFFICIAL]
    if asked and all(finding.state is LinkState.UNREACHABLE for finding in asked):
        out.print("Không ra được Internet từ máy này: chưa kiểm tra được đường dẫn nào.")
        return
    for finding in asked:
        if finding.state is not LinkState.WORKS:
            out.print(f"{finding.state.value:12} {finding.status or '':3} {finding.guide}  {finding.url}", markup=False)
    out.print(f"{sum(finding.state is LinkState.WORKS for finding in asked)} / {len(asked)} đường dẫn chính thức mở được.")


@guides_app.command("schema")
def guides_schema() -> None:
    """The guide format as a JSON Schema, for editors."""
    out.print_json(data=Guide.model_json_schema())


def main() -> None:
    """Run the command line; project errors become one readable message."""
    try:
        app(prog_name="troly")
    except ContentError as error:
        for problem in error.problems:
            err.print(problem, markup=False)
        sys.exit(1)
    except ProjectError as error:
        err.print(str(error), markup=False)
        sys.exit(2)
    except BrokenPipeError:
        with contextlib.suppress(OSError):
            sys.stdout.close()
        sys.exit(0)


if __name__ == "__main__":
    main()
