"""Messages longer than a question: one wrapped into a story, and two questions in one."""

from __future__ import annotations

import random

__all__ = ["joined", "long_message"]

_OPENINGS = (
    "Dạ em chào anh chị ạ, em xin phép hỏi một chuyện mà mấy bữa ni em băn khoăn quá.",
    "Kính gửi trung tâm, tôi là người dân ở phường Thuận Hóa, trước giờ chưa nhắn vào đây lần nào nên có gì sai xin bỏ qua cho.",
    "Chào cháu, bác gõ chậm nên bác kể từ từ nghe.",
    "Em chào trợ lý, em được bạn cùng xóm chỉ cho trang này nên vô hỏi thử.",
    "Xin chào, tôi nhắn hồi sáng mà chắc mạng yếu nên không gửi được, giờ nhắn lại.",
    "Anh chị ơi cho em hỏi với, em hỏi mấy người trong xóm mà mỗi người nói một kiểu.",
    "Dạ thưa, nhà con ở Hương Trà, cách trung tâm cả chục cây số nên con muốn hỏi cho chắc rồi mới đi.",
    "Tôi không rành máy móc, đứa cháu cài sẵn cho nên tôi mới nhắn được như ri.",
    "Chuyện là thế này ạ.",
)
_MIDDLES = (
    "Hôm thứ hai tôi có ghé trụ sở mà đông quá, ngồi chờ tới trưa rồi về.",
    "Vợ chồng em đi làm từ sáng tới tối, về tới nhà thì họ đóng cửa mất rồi.",
    "Chị hàng xóm nói dễ lắm, anh bên kia đường thì nói rắc rối, em nghe mà rối cả đầu.",
    "Trời thì mưa suốt tuần, đường vô nhà tôi ngập nên đi lại cũng cực.",
    "Đợt trước có người trong thôn làm rồi mà họ cũng không nhớ rõ.",
    "Em có lên mạng tìm thử nhưng mỗi trang viết một khác, đọc xong càng không hiểu.",
    "Con cái đi xa hết, ở nhà chỉ có hai ông bà già với nhau.",
    "Tuần sau em phải đi công tác nên muốn lo cho xong sớm.",
    "Tôi có hỏi ông trưởng thôn mà ông bận đám giỗ chưa trả lời.",
    "Nói thiệt là tôi ngại đi lại nhiều lần, xăng xe tốn kém.",
)
_LEADS = ("Cho em hỏi là ", "Ý tôi muốn hỏi: ", "Tóm lại là ", "Vậy cho tôi hỏi ", "Em chỉ muốn biết ", "", "", "")
_ENDINGS = (
    "Mong anh chị trả lời sớm giúp em, em cảm ơn nhiều ạ.",
    "Có gì nhắn lại cho tôi hay, cảm ơn trước.",
    "Bác cảm ơn cháu nhiều nghe.",
    "Em nói hơi dài, mong anh chị thông cảm.",
    "Nếu được thì chỉ kỹ kỹ giúp, tôi lớn tuổi rồi hay quên.",
    "Trân trọng cảm ơn trung tâm đã lắng nghe.",
    "Dạ em chờ tin anh chị.",
)
_LINKS = (
    ". Với lại ",
    ", còn ",
    "? Ngoài ra cho tôi hỏi ",
    ". À mà ",
    "\nCòn một chuyện nữa, ",
    ", với cho em hỏi luôn ",
    "? Sẵn đây hỏi thêm ",
    ", rồi ",
)


def long_message(text: str, dice: random.Random) -> str:
    """`text` wrapped into a message that tells a story around it; the question mostly comes after the story."""
    middles = dice.sample(_MIDDLES, dice.randint(1, 3))
    question = _sentence(dice.choice(_LEADS) + text)
    spot = dice.choices([0, 1, len(middles)], [2, 3, 5])[0]
    return " ".join([dice.choice(_OPENINGS), *middles[:spot], question, *middles[spot:], dice.choice(_ENDINGS)])


def joined(first: str, second: str, dice: random.Random) -> str:
    """Two questions in one message, in their order; sometimes numbered."""
    if dice.random() < 0.2:
        return f"1. {first}\n2. {second}"
    return first.rstrip(" ?.!") + dice.choice(_LINKS) + second


def _sentence(text: str) -> str:
    made = text[:1].upper() + text[1:]
    return made if made.endswith(("?", ".", "!")) else made + "."
