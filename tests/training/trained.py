"""A small content tree that can be trained, measured and released in seconds, with its own held-out sentences and story."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

import yaml

from bot.settings import ROOT
from nlu.training.content import ContentTree
from nlu.training.train import train_model
from tests.training.small_tree import GUIDES, small_tree

__all__ = ["FIXED_REPLY", "quickly_trained", "trainable_tree", "without_other_guides", "write_tests"]

FIXED_REPLY = "Bà con bị thiệt hại do bão báo với phường, xã nơi ở.\nNhớ chụp ảnh chỗ hư hỏng."
"""What is answered about storms, as a trainer wrote it: the intent ``reply_tro_cap_mua_bao``."""
_STORM = (
    "bão tốc mái nhà tui có được hỗ trợ chi không",
    "nhà sập vì bão xin tiền ở đâu",
    "bao lam sap nha thi bao ai",
    "lũ cuốn hết đồ đạc, có trợ cấp không",
    "trợ cấp mưa bão",
    "hỗ trợ thiệt hại do bão lụt",
)
_FEW_COPIES = {"patterns": 1, "copies": 1, "plain": 60, "folds": 0}
"""Of what the ranker and the classifier of aspects learn from, and no calibration: seconds instead of a minute."""

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


def quickly_trained(config: str) -> str:
    """A ``config.yml`` whose slow components learn from fewer copies of the same."""
    more = "".join(f"    {name}: {value}\n" for name, value in _FEW_COPIES.items())
    made, count = re.subn(r"(?m)^(  - name: \S+\.(?:ViGuideRanker|ViAspectClassifier)\n)", rf"\g<1>{more}", config)
    assert count == 2, "config.yml has no such components"
    return made


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
    (root / "config.yml").write_text(quickly_trained((root / "config.yml").read_text("utf-8")), encoding="utf-8")
    without_other_guides(root / "data" / "talk", {guide.rpartition("/")[2] for guide in GUIDES})
    tree = ContentTree(root)
    tree.intents.add_reply("Trợ cấp mưa bão", FIXED_REPLY, _STORM)
    tree.save()
    train_model(root, models)
    return root
