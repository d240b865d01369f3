"""Examples that were put with the wrong intent are noticed by what they are like."""

from __future__ import annotations

from bot.settings import ROOT
from nlu.training.examples import doubtful, read_examples

_PASTED = ("quên mật khẩu đăng nhập vneid", "không nhớ mật khẩu nữa", "mẹ tui quên mật khẩu đăng nhập", "mật khẩu quên rồi")


def test_lines_pasted_into_the_wrong_intent_do_not_vouch_for_each_other() -> None:
    """Each is like the examples of the intent it belongs to; where they do belong, nothing is said."""
    examples = {intent: lines for intent, lines in read_examples(ROOT).items() if intent.startswith("topic_")}
    wrong = {**examples, "topic_khong_nhan_otp": [*examples["topic_khong_nhan_otp"], *_PASTED]}
    found = doubtful(wrong, {"topic_khong_nhan_otp": set(_PASTED)})
    assert sorted(found) == sorted(("topic_khong_nhan_otp", text, "topic_quen_mat_khau") for text in _PASTED)
    right = {**examples, "topic_quen_mat_khau": [*examples["topic_quen_mat_khau"], *_PASTED]}
    assert doubtful(right, {"topic_quen_mat_khau": set(_PASTED)}) == []
