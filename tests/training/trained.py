"""A small content tree that can be trained, measured and released in seconds, with its own held-out sentences and story."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import yaml

from bot.settings import ROOT
from nlu.training.train import train_model
from tests.training.small_tree import GUIDES, small_tree

__all__ = ["trainable_tree", "without_other_guides", "write_tests"]

_HELD_OUT = {
    "topics": {
        "topic_khong_nhan_otp": [
            "đợi hoài không có mã otp gửi tới",
            "sao máy tui không nhận được mã otp",
            "mã otp mãi không về máy",
            "chờ nửa tiếng không thấy mã gửi về",
            "không thấy mã về điện thoại",
            "máy không nhận mã otp",
            "gửi lại mấy lần mã otp không tới",
            "k nhận đc mã otp vneid",
        ],
        "topic_quen_mat_khau": [
            "tui quên mật khẩu vneid mất rồi",
            "không nhớ mật khẩu vneid nữa",
            "quên mật khẩu đăng nhập",
            "quên mất mk đăng nhập vneid",
            "mẹ tui quên mật khẩu",
            "không nhớ mk",
            "lỡ quên mật khẩu rồi làm sao",
            "không nhớ mật khẩu đăng nhập",
        ],
    },
    "safety": {"topic_lua_dao": ["có người gọi đòi chuyển tiền gấp", "nhận tin nhắn có link lạ"]},
    "dialogue": {"greet": ["xin chào trợ lý", "chào bạn"], "thanks": ["cảm ơn trợ lý nhiều", "cảm ơn bạn"]},
}
_STORY = """\
- name: Quên mật khẩu thì được chỉ cách lấy lại
  turns:
    - user: tui quên mật khẩu vneid rồi làm răng
      expect: {outcome: [answered, step, clarify], guide: quen_mat_khau}
"""


def _with_all_actions(root: Path) -> None:
    """A memory, every action of the product, and the rule of tapped buttons: conversations are real ones."""
    ours = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    domain = yaml.safe_load((root / "domain.yml").read_text(encoding="utf-8"))
    domain |= {"slots": ours["slots"], "actions": ours["actions"], "entities": ours["entities"]}
    (root / "domain.yml").write_text(yaml.safe_dump(domain, allow_unicode=True), encoding="utf-8")
    with (root / "data" / "rules" / "rules.yml").open("a", encoding="utf-8") as rules:
        rules.write("  - rule: choose\n    steps:\n      - intent: choose\n      - action: action_choose\n")


def without_other_guides(talk: Path, here: Collection[str]) -> None:
    """Leave nothing in ``data/talk`` that names guides other than those that are here."""
    events = yaml.safe_load((talk / "life_events.yml").read_text(encoding="utf-8"))
    (talk / "life_events.yml").write_text(yaml.safe_dump({**events, "events": []}, allow_unicode=True), encoding="utf-8")
    told = yaml.safe_load((talk / "troubles.yml").read_text(encoding="utf-8"))
    told["troubles"] = [{**one, "guide": None} if one.get("guide") not in here else one for one in told["troubles"]]
    (talk / "troubles.yml").write_text(yaml.safe_dump(told, allow_unicode=True), encoding="utf-8")


def write_tests(root: Path) -> None:
    """Held-out sentences and a story that any tree with the guides of the small one should get right."""
    (root / "tests" / "nlu").mkdir(parents=True)
    for name, intents in _HELD_OUT.items():
        lines = [f"  {intent}:\n" + "".join(f"    - {line}\n" for line in said) for intent, said in intents.items()]
        (root / "tests" / "nlu" / f"{name}.yml").write_text("intents:\n" + "".join(lines), encoding="utf-8")
    (root / "tests" / "stories").mkdir()
    (root / "tests" / "stories" / "mat_khau.yml").write_text(_STORY, encoding="utf-8")


def trainable_tree(root: Path, models: Path) -> Path:
    """Write the tree below `root`, with a model of it in `models`; returns the tree."""
    small_tree(root)
    write_tests(root)
    _with_all_actions(root)
    without_other_guides(root / "data" / "talk", {guide.rpartition("/")[2] for guide in GUIDES})
    train_model(root, models)
    return root
