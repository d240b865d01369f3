"""A content tree small enough to be read and changed in milliseconds, laid out like the real one."""

from __future__ import annotations

import shutil
from pathlib import Path

from bot.settings import ROOT

__all__ = ["GUIDES", "small_tree"]

GUIDES = ("an_toan/doi_ma_otp", "an_toan/lua_dao", "vneid/khong_nhan_otp", "vneid/quen_mat_khau")

_DOMAIN = """\
version: "3.1"

intents:
  # what is asked about a procedure (data/nlu/aspects.yml)
  - ask_fee
  # one topic each: topic_<guide id> (data/nlu/topics.yml)
  - topic_khong_nhan_otp
  - topic_quen_mat_khau
  # one urgent safety topic each (data/nlu/safety.yml)
  - topic_lua_dao
  # the conversation itself
  - greet
  - thanks
  # a tapped button; never trained
  - choose

entities:
  - procedure:  # words that name or describe a procedure
      influence_conversation: false

slots:
  memory:  # all that a conversation remembers
    type: any
    influence_conversation: false
    mappings:
      - type: custom

actions:
  - action_answer  # a question
  - action_smalltalk  # courtesy

session_config:
  session_expiration_time: 0  # a conversation goes on after days
  carry_over_slots_to_new_session: true
"""
_RULES = """\
version: "3.1"

# Each intent leads to one action.
rules:
"""
_EXAMPLES = {
    "aspects": {"ask_fee": ["[tách hộ](procedure) tốn bao nhiêu", "lệ phí [làm hộ chiếu](procedure) mấy đồng"]},
    "topics": {
        "topic_khong_nhan_otp": ["chờ mãi không thấy mã về", "mã otp không gửi về máy", "k nhận đc mã"],
        "topic_quen_mat_khau": ["quên mật khẩu vneid rồi", "không nhớ mk đăng nhập"],
    },
    "safety": {"topic_lua_dao": ["có người lạ gọi đòi chuyển tiền", "tin nhắn kèm link lạ"]},
    "dialogue": {"greet": ["xin chào", "alo"], "thanks": ["cảm ơn nhiều", "ok cảm ơn"]},
}


def small_tree(root: Path) -> Path:
    """Write the tree below `root`, which it returns."""
    (root / "data" / "nlu").mkdir(parents=True)
    (root / "domain.yml").write_text(_DOMAIN, encoding="utf-8")
    shutil.copyfile(ROOT / "config.yml", root / "config.yml")
    rules = []
    for name, intents in _EXAMPLES.items():
        blocks = [f"  - intent: {intent}\n    examples: |\n" + _lines(lines) for intent, lines in intents.items()]
        text = 'version: "3.1"\n\nnlu:\n' + "\n".join(blocks)
        (root / "data" / "nlu" / f"{name}.yml").write_text(text, encoding="utf-8")
        action = "action_smalltalk" if name == "dialogue" else "action_answer"
        rules += [f"  - rule: {one}\n    steps:\n      - intent: {one}\n      - action: {action}\n" for one in intents]
    (root / "data" / "rules").mkdir()
    (root / "data" / "rules" / "rules.yml").write_text(_RULES + "".join(rules), encoding="utf-8")
    for guide in GUIDES:
        target = root / "data" / "guides" / f"{guide}.yml"
        target.parent.mkdir(parents=True, exist_ok=True)
        lines = (ROOT / "data" / "guides" / f"{guide}.yml").read_text(encoding="utf-8").splitlines(keepends=True)
        target.write_text("".join("related: []\n" if line.startswith("related:") else line for line in lines), encoding="utf-8")
    for folder in ("lexicon", "places", "talk"):
        shutil.copytree(ROOT / "data" / folder, root / "data" / folder)
    return root


def _lines(examples: list[str]) -> str:
    return "".join(f"      - {example}\n" for example in examples)
