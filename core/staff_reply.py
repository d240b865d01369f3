"""What staff may send to citizens: no demand for codes or passwords, nobody's numbers, no foreign links."""

from __future__ import annotations

import re

from core.errors import UserFacingError
from core.links import only_allowed_links
from core.messages import Reply
from core.privacy import PersonalData, mask
from core.text import clean, fold

__all__ = ["LONGEST", "asks_for_secret", "checked"]

LONGEST = 1500
"""Characters of one reply: what every platform takes, with the name before it."""

_OFFICE_CONTACT = frozenset({PersonalData.PHONE, PersonalData.EMAIL})
"""Kinds that an office gives out itself: its own telephone and mail address."""

_PRIVATE = (
    r"(?:(?:ma )?otp|ma (?:so )?xac (?:thuc|nhan|minh)|ma kich hoat|mat khau|pass ?word|passcode|ma pin|ma bao mat|cvv|"
    r"so the ngan hang|ma so the)"
)
_DEMAND = re.compile(
    rf"\b(?:gui|cho|doc|bao|nhan|cung cap|dua|noi|chup|nhap|xin|can)\b(?: \w+){{0,6}}? {_PRIVATE}\b"
    rf"|\b{_PRIVATE}(?: \w+){{0,4}}? (?:la gi|la bao nhieu|la may|gui (?:cho|qua|toi|em|minh|sang)|cho (?:toi|em|minh|can bo))\b"
)
_WARNING = re.compile(
    rf"\b(?:dung|khong|chang|chua|cam|tuyet doi|khong bao gio|chi)\b(?: \w+){{0,8}}? {_PRIVATE}\b"
    rf"|\b(?:doi|quen|dat|tao|lay lai|khoi phuc|cap lai)\b(?: \w+){{0,3}}? {_PRIVATE}\b"
    rf"|\b{_PRIVATE}(?: \w+){{0,3}}? (?:cho ai|cho bat ky ai|cho nguoi khac)\b"
    rf"|\b(?:nhap|go|dien)\b(?: \w+){{0,6}}? {_PRIVATE}(?: \w+){{0,4}}? (?:vao|tren|trong) "
    r"(?:o|app|ung dung|may|man hinh|vneid|trang|cong)\b"
)


def asks_for_secret(text: str) -> bool:
    """Whether a reply by staff asks the citizen for a code or password; warning of that is no asking.

    >>> asks_for_secret("Bác gửi giúp em mã OTP vừa nhận"), asks_for_secret("Bác đừng đưa mã OTP cho ai")
    (True, False)
    """
    sentences = re.split(r"[.!?;\n]+", fold(text))
    return any(_DEMAND.search(part) and not _WARNING.search(part) for part in (" ".join(s.split()) for s in sentences))


def checked(text: str, hosts: tuple[str, ...]) -> str:
    """A reply as it may be sent.

    Telephone numbers and mail addresses pass, because an office gives out its own; everything else that is masked in
    what citizens write stops the reply, so nothing of it is stored either.

    Args:
        text: As typed.
        hosts: Hosts that may be linked to.

    Raises:
        UserFacingError: Why it cannot be sent, for the person who typed it.
    """
    text = clean(text).strip()
    if not text:
        raise UserFacingError("Chưa có nội dung trả lời.")
    if len(text) > LONGEST:
        raise UserFacingError(
            f"Câu trả lời dài {len(text)} ký tự, tối đa {LONGEST}. Chia thành nhiều tin ngắn cho bà con dễ đọc."
        )
    if asks_for_secret(text):
        raise UserFacingError(
            "Chưa gửi: câu này hỏi mã OTP, mật khẩu hoặc mã bí mật của bà con. Cán bộ không bao giờ được hỏi những thứ đó; "
            "kẻ lừa đảo hỏi đúng như vậy. Hãy chỉ cách để bà con tự nhập trên máy của mình."
        )
    found = mask(text).found - _OFFICE_CONTACT
    if found:
        kinds = ", ".join(sorted(kind.value.strip("[]") for kind in found))
        raise UserFacingError(f"Chưa gửi: câu này có {kinds}. Xóa đi rồi gửi lại; không nhắc lại số của bà con trong tin nhắn.")
    if only_allowed_links(Reply(text), hosts).text != text:
        raise UserFacingError(
            "Chưa gửi: câu này có đường dẫn không thuộc danh sách trang được phép. Chỉ dẫn tới trang chính thức."
        )
    return text
