"""Random conversations with the trained model, through the same turns as every channel."""

from __future__ import annotations

import random

import pytest

from bot.agent import Brain
from bot.ask import Question, conversation
from core.messages import Outcome
from tests.conftest import LINK_HOSTS

_SAID = tuple(
    said.strip()
    for said in """
chỉ từng bước đăng ký tạm trú | xong r | tiếp | ko dc | kẹt rồi | quay lai buoc truoc | bước 3 làm lại | lệ phí bao
nhiêu | làm hộ chiếu cho bé 8 tuổi cần chi | sang tên xe máy | tui bán xe | mất căn cước chừ làm răng | mã otp mãi không
về | gặp cán bộ | cảm ơn nghe | bạn là ai | ngu quá | có người xưng công an bảo tôi đọc mã otp | nhà tui đang cháy | 1 |
số 2 | cái đầu | không phải | ừ | nhắc lại | hôm nay trời đẹp | asdf | 👍 | khoan đã | làm tiếp | đổi trường hợp | mệ hỏi
cái ni | mới sinh con cần làm những giấy tờ gì | xóa tin nhắn | đồng ý
""".replace("\n", " ").split("|")
)


@pytest.mark.parametrize("seed", [1, 2])
async def test_two_hundred_random_turns_with_the_trained_model(brain: Brain, seed: int) -> None:
    """Each ends in one outcome with something to read and a way on; nothing is said three times in a row."""
    dice = random.Random(seed)
    said: list[tuple[str, ...]] = []
    shown: list[tuple[str, str]] = [("start", "Bắt đầu")]
    async with conversation(brain, LINK_HOSTS) as answer:
        for n in range(200):
            choice, text = dice.choice(shown) if dice.random() < 0.5 else (None, dice.choice(_SAID))
            report = await answer(Question(str(n), text, f"seed-{seed}", choice))
            assert report.turn.outcome in set(Outcome)
            assert report.replies
            said.append(tuple(f"{reply.text} {[c.label for c in reply.choices]}" for reply in report.replies))
            # Who asks for a person again and again hears each time that the case is open.
            assert len(set(said[-3:])) > 1 or n < 2 or report.turn.outcome == Outcome.HANDOFF
            shown = [(c.id, c.label) for reply in report.replies for c in reply.choices] or shown
