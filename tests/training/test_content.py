"""Trainers' changes of the content are plain Rasa YAML, and no line more than meant."""

from __future__ import annotations

import difflib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from bot.settings import ROOT
from core.errors import ContentError, UserFacingError
from core.knowledge import Knowledge
from nlu.training.content import ContentTree
from nlu.training.held_out import load_held_out
from nlu.training.intents import IntentKind
from nlu.training.staged import StagedFiles, locked

_RULE = "  - rule: {0}\n    steps:\n      - intent: {0}\n      - action: {1}"


def _lines(tree: ContentTree) -> dict[str, list[str]]:
    """Added and removed lines by path."""
    found: dict[str, list[str]] = {}
    for path, (before, after) in tree.files.changed().items():
        lines = difflib.unified_diff((before or "").splitlines(), (after or "").splitlines(), n=0, lineterm="")
        found[path] = [line for line in lines if not line.startswith(("---", "+++", "@@"))]
    return found


def _added(*lines: str) -> list[str]:
    return [f"+{line}" for text in lines for line in text.split("\n")]


def test_reading_tells_intents_with_titles_examples_and_answers(tree: ContentTree) -> None:
    """A topic has its guide's title; the product's own intents have theirs."""
    intents = tree.intents.all()
    assert list(intents) == tree.intents.names()
    topic = intents["topic_khong_nhan_otp"]
    assert (topic.kind, topic.guide, topic.files) == (IntentKind.TOPIC, "khong_nhan_otp", ("data/nlu/topics.yml",))
    assert topic.title == tree.guides.get("khong_nhan_otp").title
    assert topic.examples == ("chờ mãi không thấy mã về", "mã otp không gửi về máy", "k nhận đc mã")
    assert intents["greet"].title == "Chào hỏi"
    assert not intents["greet"].is_ours


def test_examples_are_added_once_and_where_they_belong(tree: ContentTree) -> None:
    """What the intent has already is left out; list marks and blanks go."""
    added = tree.intents.add_examples("topic_quen_mat_khau", ["-  quên mk   rồi ad", "Quên mật khẩu VNeID rồi", "", "no"])
    assert added == ["quên mk rồi ad", "no"]
    assert _lines(tree) == {"data/nlu/topics.yml": _added("      - quên mk rồi ad", "      - no")}


@pytest.mark.parametrize(
    ("example", "complaint"),
    [
        ("xin chào", "Chào hỏi"),
        ("/restart", "dấu “/”"),
        ("số cccd của tôi là 046123456789", "số giấy tờ"),
        ("a" * 501, "dài quá"),
    ],
)
def test_examples_that_cannot_be_used_are_refused(tree: ContentTree, example: str, complaint: str) -> None:
    """With the reason; nothing is added then."""
    with pytest.raises(UserFacingError, match=complaint):
        tree.intents.add_examples("topic_quen_mat_khau", ["câu tốt", example])
    assert tree.files.changed() == {}


def test_moving_and_rewording_examples(tree: ContentTree) -> None:
    """One line goes, one comes."""
    tree.intents.move_examples("greet", "thanks", ["alo"])
    assert _lines(tree) == {"data/nlu/dialogue.yml": ["-      - alo", "+      - alo"]}
    tree.intents.change_example("topic_lua_dao", "tin nhắn kèm link lạ", "tin nhắn có đường dẫn lạ")
    assert _lines(tree)["data/nlu/safety.yml"] == ["-      - tin nhắn kèm link lạ", "+      - tin nhắn có đường dẫn lạ"]
    with pytest.raises(UserFacingError, match="không còn"):
        tree.intents.change_example("topic_lua_dao", "câu đã mất", "câu mới")


def test_a_new_topic_is_what_a_person_would_write(tree: ContentTree) -> None:
    """Domain, examples and rule each beside those of its kind."""
    assert tree.intents.add_topic("doi_ma_otp", ["họ đòi mã sáu số"]) == "topic_doi_ma_otp"
    assert _lines(tree) == {
        "domain.yml": _added("  - topic_doi_ma_otp"),
        "data/nlu/safety.yml": _added("", "  - intent: topic_doi_ma_otp", "    examples: |", "      - họ đòi mã sáu số"),
        "data/rules/rules.yml": _added(_RULE.format("topic_doi_ma_otp", "action_answer")),
    }
    domain = tree.files.read("domain.yml") or ""
    assert "  - topic_lua_dao\n  - topic_doi_ma_otp\n  # the conversation itself\n" in domain


def test_a_new_reply_is_what_a_person_would_write(tree: ContentTree) -> None:
    """An intent, a rule and a response of Rasa's, the title as metadata."""
    name = tree.intents.add_reply("Trợ cấp mưa bão", "Bà con liên hệ: phường nơi ở.", ["bão tốc mái có được hỗ trợ không"])
    assert name == "reply_tro_cap_mua_bao"
    assert _lines(tree) == {
        "domain.yml": _added(
            "  # a fixed reply each: utter_<intent> (data/nlu/replies.yml)",
            f"  - {name}",
            "",
            "responses:",
            f"  utter_{name}:",
            "    - text: 'Bà con liên hệ: phường nơi ở.'",
        ),
        "data/nlu/replies.yml": _added(
            'version: "3.1"', "", "nlu:", f"  - intent: {name}", "    metadata:", "      title: Trợ cấp mưa bão",
            "    examples: |", "      - bão tốc mái có được hỗ trợ không",
        ),
        "data/rules/rules.yml": _added(_RULE.format(name, f"utter_{name}")),
    }  # fmt: skip
    intent = tree.intents.get(name)
    assert (intent.title, intent.reply, intent.kind) == ("Trợ cấp mưa bão", "Bà con liên hệ: phường nơi ở.", IntentKind.REPLY)


def test_adding_and_removing_leaves_no_trace(tree: ContentTree) -> None:
    """Not an empty line."""
    tree.intents.add_topic("doi_ma_otp", ["họ đòi mã sáu số"])
    tree.intents.remove("topic_doi_ma_otp")
    tree.intents.remove(tree.intents.add_reply("Nghỉ lễ", "Thứ hai đến thứ sáu.", ["mai có làm không"]))
    assert set(_lines(tree)) <= {"data/nlu/replies.yml", "domain.yml"}
    assert [line for line in _lines(tree).get("domain.yml", ()) if "#" not in line and line != "+"] == []


def test_a_reply_is_changed_renamed_and_merged(tree: ContentTree) -> None:
    """Everywhere it is named, and the merged one is gone everywhere."""
    name = tree.intents.add_reply("Nghỉ lễ", "Thứ hai.", ["mai có làm không"])
    tree.intents.set_title(name, "Giờ làm: nghỉ lễ")
    tree.intents.set_reply(name, "Dòng một.\nDòng hai.")
    tree.intents.rename(name, "reply_gio_lam")
    changed = tree.intents.get("reply_gio_lam")
    assert (changed.title, changed.reply, changed.examples) == ("Giờ làm: nghỉ lễ", "Dòng một.\nDòng hai.", ("mai có làm không",))
    assert not any(name in (after or "") for _, after in tree.files.changed().values())
    tree.intents.merge("reply_gio_lam", "greet")
    assert tree.intents.get("greet").examples[-1] == "mai có làm không"
    assert not any("reply_gio_lam" in (after or "") for _, after in tree.files.changed().values())


def test_a_split_takes_its_examples_along(tree: ContentTree) -> None:
    """To a guide or a reply."""
    name = tree.intents.split("topic_khong_nhan_otp", ["k nhận đc mã"], guide="doi_ma_otp")
    assert tree.intents.get(name).examples == ("k nhận đc mã",)
    assert "k nhận đc mã" not in tree.intents.get("topic_khong_nhan_otp").examples


@pytest.mark.parametrize(
    "attempt",
    [
        lambda tree: tree.intents.remove("greet"),
        lambda tree: tree.intents.merge("ask_fee", "greet"),
        lambda tree: tree.intents.merge("topic_lua_dao", "topic_lua_dao"),
        lambda tree: tree.intents.merge("topic_lua_dao", "khong_co"),
        lambda tree: tree.intents.rename("topic_lua_dao", "reply_x1"),
        lambda tree: tree.intents.add_topic("khong_co", []),
        lambda tree: tree.intents.add_topic("lua_dao", []),
        lambda tree: tree.intents.add_reply("!!!", "Câu.", []),
        lambda tree: tree.intents.add_reply("Tên", " ", []),
        lambda tree: tree.intents.add_reply("Tên", "dài " * 61, []),
        lambda tree: tree.intents.split("greet", ["không có câu này"], title="x", reply="y"),
    ],
)
def test_what_cannot_be_done_is_said(tree: ContentTree, attempt: Callable[[ContentTree], object]) -> None:
    """In words for the trainer."""
    with pytest.raises(UserFacingError):
        attempt(tree)


def test_a_guide_changes_in_the_fields_that_changed(tree: ContentTree) -> None:
    """And must stay valid."""
    wanted = json.loads(json.dumps(tree.guides.raw("doi_ma_otp"), default=str)) | {
        name: value for name, value in tree.guides.raw("doi_ma_otp").items() if name.startswith("verif")
    }
    wanted["sections"]["steps"][0]["do"] = "Cúp máy ngay."
    wanted["sections"]["time"] = ["Làm ngay."]
    tree.guides.change("doi_ma_otp", wanted)
    assert _lines(tree)["data/guides/an_toan/doi_ma_otp.yml"] == [
        "-    - do: Cúp máy, không đọc mã, không nhắn lại.",
        "+    - do: Cúp máy ngay.",
        "-    - Làm ngay khi vừa nhận ra, đừng đợi đến hôm sau.",
        "+    - Làm ngay.",
    ]
    with pytest.raises(ContentError, match="Tóm tắt: còn thiếu"):
        tree.guides.change("doi_ma_otp", {**wanted, "sections": {}})
    with pytest.raises(ContentError, match="khong_co"):
        tree.guides.change("doi_ma_otp", {**wanted, "related": ["khong_co"]})


def test_wordings_teach_a_guide(tree: ContentTree) -> None:
    """Those it has already are left out, whatever their letters."""
    known = tree.guides.get("doi_ma_otp").aliases[0]
    assert tree.guides.add_wordings("doi_ma_otp", aliases=[known.upper(), "hỏi mã: gấp"], needs=["hỏi mã: gấp", "no"]) == 2
    assert _lines(tree)["data/guides/an_toan/doi_ma_otp.yml"] == ['+  - "hỏi mã: gấp"', '+  - "no"']


def test_a_new_guide_gets_its_file(tree: ContentTree) -> None:
    """In the folder of its area, readable as any other."""
    like = {name: value for name, value in tree.guides.raw("doi_ma_otp").items() if name != "same_as"}
    tree.guides.add({**like, "id": "moi", "title": "Việc mới", "short_title": "Việc mới"})
    tree.save()
    assert ContentTree(tree.files.root).guides.get("moi").title == "Việc mới"
    with pytest.raises(UserFacingError, match="Đã có"):
        tree.guides.add({**like, "id": "moi"})


_SAVES_ON_AND_ON = """
import itertools, sys
from pathlib import Path
from nlu.training.staged import StagedFiles, locked
for n in itertools.count():
    with locked(Path(sys.argv[1])):
        files = StagedFiles(Path(sys.argv[1]))
        for path in ("domain.yml", "data/nlu/greet.yml", "data/nlu/new.yml"):
            files.write(path, f"# {n}\\n")
        files.save()
    print(n, flush=True)
"""


def test_a_process_that_is_killed_leaves_all_files_of_a_save_or_none(live: Path) -> None:
    """Whenever it dies, what the next one reads belongs together, and nothing that was saved is lost."""
    for extra in range(6):
        command = [sys.executable, "-c", _SAVES_ON_AND_ON, str(live)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            saved = [process.stdout.readline() for _ in range(3 + extra)]
            process.kill()
            saved += process.stdout.readlines()
        with locked(live):
            files = StagedFiles(live)
            texts = [files.read(path) for path in ("domain.yml", "data/nlu/greet.yml", "data/nlu/new.yml")]
        assert len(set(texts)) == 1
        assert int(str(texts[0]).removeprefix("# ")) >= int(saved[-1])
        assert not (live / ".journal.json").exists()


@pytest.mark.parametrize("path", ["../x.yml", "data/../../x.yml", "README.md", "data/nlu/x.py", "nlu/x.yml"])
def test_nothing_outside_the_content_is_touched(live: Path, path: str) -> None:
    """Neither read nor written."""
    with pytest.raises(ContentError, match="no content file"):
        StagedFiles(live).write(path, "x")


def test_rasa_finds_nothing_wrong_after_edits(tree: ContentTree) -> None:
    """``rasa data validate`` with warnings as errors, through the stock command."""
    tree.intents.add_topic("doi_ma_otp", ["họ đòi mã sáu số", "[x](procedure) bị hỏi mã"])
    tree.intents.add_reply("Nghỉ lễ", "Thứ hai đến thứ sáu.\nTrừ ngày lễ.", ["mai có làm không", "yes: 'có' # làm"])
    tree.intents.merge("topic_quen_mat_khau", "topic_khong_nhan_otp")
    tree.save()
    domain = yaml.safe_load((tree.files.root / "domain.yml").read_text(encoding="utf-8"))
    assert "reply_nghi_le" in domain["intents"]
    (tree.files.root / "data" / "rules" / "tapped.yml").write_text(
        f"version: '3.1'\nrules:\n{_RULE.format('choose', 'action_answer')}\n", encoding="utf-8"
    )
    command = [sys.executable, "-m", "bot", "rasa", "data", "validate", "--fail-on-warnings", "--domain", "domain.yml"]
    root = tree.files.root
    done = subprocess.run(
        [*command, "--data", "data/nlu", "data/rules"], cwd=root, capture_output=True, text=True, env=_environment(), check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _environment() -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": str(ROOT)}


def test_held_out_sentences_follow_their_intent(tree: ContentTree, live: Path, knowledge: Knowledge) -> None:
    """Written as a person would write them; renamed, merged and removed with it; never for what many guides share."""
    name = tree.intents.add_reply("Nghỉ lễ", "Thứ hai đến thứ sáu.", ["mai có làm không"])
    assert tree.held_out.add(name, ["- tết có mở cửa không", "tết có mở cửa không", "lễ nghỉ mấy bữa"]) == [
        "tết có mở cửa không",
        "lễ nghỉ mấy bữa",
    ]
    tree.held_out.add("topic_quen_mat_khau", ["tui lỡ quên mật mã: làm răng"])
    tree.intents.rename(name, "reply_ngay_le")
    assert tree.held_out.of("reply_ngay_le") == ("tết có mở cửa không", "lễ nghỉ mấy bữa")
    tree.save()
    assert (live / "tests" / "nlu" / "topics.yml").read_text("utf-8").splitlines()[1:] == [
        "intents:",
        "  topic_quen_mat_khau:",
        "    - 'tui lỡ quên mật mã: làm răng'",
    ]
    asked = {one.text: one.expected for one in load_held_out(live / "tests" / "nlu", knowledge.guides)}
    told = asked["lễ nghỉ mấy bữa"]
    assert told is not None
    assert (told.intent, told.outcomes, told.guides) == ("reply_ngay_le", ("answered",), ())
    tree.intents.merge("topic_quen_mat_khau", "topic_khong_nhan_otp")
    assert tree.held_out.of("topic_khong_nhan_otp") == ("tui lỡ quên mật mã: làm răng",)
    tree.intents.remove("reply_ngay_le")
    assert tree.held_out.of("reply_ngay_le") == ()
    with pytest.raises(UserFacingError, match="dùng chung"):
        tree.held_out.add("ask_fee", ["mấy tiền"])
