"""Typed forms of what buttons do here: "đừng nhắn nữa", "luu lai", a resume code, "chưa" after "đã làm xong chưa?".

Whole messages only, courtesy aside: a form inside a longer sentence is left to the dialogue.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.aftercare.codes import find_code
from core.conversation import picked
from core.text import fold

__all__ = ["meant"]

_COURTESY = frozenset(
    "vang thoi oi a ad admin bot xin cho hay nho toi em minh chau con bac anh chi co chu me mi nha nhe nghe "
    "nhi hi di voi gi tin hoai nay do vay ho ban".split()
)
_LATER = r"(?:mai|ngay mai|lat|lat nua|chut nua|hom khac|hom sau|bua khac|bua sau|khi khac|luc khac|sau|mot luc nua|tuan sau)"
_WRITE = r"(?:nhan|nt|nhac(?: nho)?|gui|hoi(?: tham)?|lam phien|phien|spam)"
_QUIET = re.compile(
    rf"(?:dung|khoi|ngung|thoi dung) {_WRITE}(?: nua)?|(?:khong|dung) {_WRITE} nua"
    rf"|khong (?:can|muon) (?:nhan )?{_WRITE}(?: nua)?|(?:tat|huy|ngung) (?:nhac(?: nho)?|thong bao)|stop"
)
_SAVE = re.compile(
    rf"luu(?: lai)?(?: buoc| tien trinh)?(?: de)?(?: {_LATER})?(?: (?:lam|xem)(?: tiep)?)?(?: {_LATER})?"
    r"|(?:(?:lay|xin|can|muon) )?ma (?:tiep tuc|lam tiep|luu)"
)
_SAVE_WALK = re.compile(rf"(?:de )?{_LATER} (?:lam|xem)(?: tiep)?|(?:lam|xem) (?:tiep )?{_LATER}|(?:lam tiep|de) {_LATER}")
"""Said without "lưu" or "mã": meant only while steps are walked."""

_ANSWERS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("d:y", re.compile(r"(?:da |ok )?(?:lam )?(?:xong|duoc)(?: het)?(?: roi)?|roi|co roi|da lam(?: roi)?|da")),
    ("d:n", re.compile(r"(?:van )?chua(?: lam)?(?: xong| duoc)?(?: dau| nua)?|dang lam|chua co lam")),
    ("d:k", re.compile(r"(?:dang )?(?:bi )?(?:ket|vuong|loi)(?: roi)?|khong (?:lam )?duoc|lam khong duoc")),
    ("f:y", re.compile(r"giup (?:duoc|ich)(?: roi)?|(?:rat )?(?:huu )?ich")),
    ("f:n", re.compile(r"(?:chua|khong) giup(?: duoc| ich)?|(?:chua|khong) (?:huu )?ich")),
)


def meant(text: str, words: Sequence[str], offered: Sequence[tuple[str, str]], *, walking: bool) -> str | None:
    """The choice id a typed message amounts to here, or None when the dialogue is to answer it.

    Args:
        text: Masked text.
        words: Its normalised words: teencode and dialect undone.
        offered: The choices under the last reply, where some of them are of the kinds handled here.
        walking: Whether the steps of a guide are being walked.
    """
    if code := find_code(text):
        return f"code:{code}"
    if choice := picked(text, offered):
        return choice
    said = _core(words)
    if _QUIET.fullmatch(said):
        return "quiet"
    if _SAVE.fullmatch(said) or (walking and _SAVE_WALK.fullmatch(said)):
        return "save"
    for kind, form in _ANSWERS:
        choice = next((choice_id for choice_id, _ in offered if choice_id.startswith(f"{kind}:")), None)
        if choice and form.fullmatch(said):
            return choice
    return None


def _core(words: Sequence[str]) -> str:
    """The words without accents and without courtesy."""
    return " ".join(bare for word in words if (bare := fold(word)) not in _COURTESY)
