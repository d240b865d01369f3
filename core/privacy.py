"""Masking of personal data, before anything is stored, logged, shown or learned from.

Masked: identity numbers (CCCD 12 digits, CMND 9), phone numbers, bank card and account numbers, social-insurance
numbers, one-time codes, passwords and passcodes, e-mail addresses. Kept: portal codes (1.004194), application codes,
dates, years, fees, legal numbers, the hotlines this product names.

Luật Bảo vệ dữ liệu cá nhân and Nghị định 13/2023/NĐ-CP ask to keep only what the purpose needs; no
purpose of this product needs any of these.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from core.text import fold

__all__ = ["Masked", "PersonalData", "mask", "without_placeholders"]


class PersonalData(StrEnum):
    """Kinds of personal data that are masked; the value stands in the masked text."""

    ID_NUMBER = "[số giấy tờ]"
    PHONE = "[số điện thoại]"
    CARD = "[số thẻ/tài khoản]"
    CODE = "[mã xác thực]"
    PASSWORD = "[mật khẩu]"  # noqa: S105  # the placeholder, not a password
    EMAIL = "[email]"

    @property
    def secret(self) -> bool:
        """Whether nobody but its owner may ever know it."""
        return self in {PersonalData.CODE, PersonalData.PASSWORD, PersonalData.CARD}


@dataclass(frozen=True)
class Masked:
    """A text without personal data, and the kinds that were found in it."""

    text: str
    found: frozenset[PersonalData]


_PLACEHOLDER = re.compile("|".join(re.escape(kind.value) for kind in PersonalData))
_KEPT_NUMBERS = frozenset({"19000368", "18001096", "19001075", "113", "114", "115", "156", "5656"})
_GAP = r"[ .\-–_\u00a0]?"
_EMAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_KEPT_CODE = re.compile(
    r"(?<![\w.])(?:\d\.\d{6}(?!\d)|(?:\d{3}\.\d{2}\.\d{2}\.)?[A-Z]\d{2}(?:\.\d+)*-\d{6}-\d{3,}|\d{1,2}[/.-]\d{1,2}[/.-]\d{4}(?!\d))"
)
_NUMBER = re.compile(rf"(?<![\w.,])\+?\d(?:{_GAP}\d){{5,22}}(?![\w])")
_LONG_NUMBER = re.compile(r"\d{9,}")
_FILLERS = "vneid|cua|toi|em|minh|tui|la|cu|moi|nay|day|so|gui|ve|nhan|duoc|vua|xac|thuc|app|dang|nhap|tk|tai|khoan|anh|chi|me|ba"
_CODE_WORDS = r"ma\s+otp|otp|ma\s+xac\s+(?:thuc|nhan|minh)|ma\s+kich\s+hoat|ma\s+pin|pin|passcode|pass\s?code|ma\s+6\s+so"
_CODE_AFTER = re.compile(
    rf"\b(?:{_CODE_WORDS})\b(?:\s+(?:{_FILLERS}))*\s*[:=\-]?\s*(?:la\s+)?(?P<value>\d(?:[ .\-]?\d){{3,7}})(?!\d)"
)
_CODE_BEFORE = re.compile(
    r"(?<!\d)(?P<value>\d(?:[ .\-]?\d){3,7})\s+(?:la|day la)\s+(?:ma\s+)?(?:otp|xac thuc|xac nhan|kich hoat)\b"
)
_PASSWORD_AFTER = re.compile(
    r"\b(?:mat\s+khau|mk|password|pass|pw|passwd)\b"
    rf"(?:\s+(?:{_FILLERS}))*?\s*(?:[:=]|\bla\b)\s*[:=]?\s*(?P<value>[^\s,;]{{4,}})"
)
_NOT_A_PASSWORD = frozenset(
    "gi chi sao bao nhieu the nao day nhu may loai cai ma nhung phai khong sai dung khac mot hai bi quen duoc ai".split()
)


def mask(text: str) -> Masked:
    """Replace personal data in `text` by their kind.

    Args:
        text: As typed; any Unicode form.

    Returns:
        The masked text in NFC (masking it again changes nothing) and the kinds found.

    >>> mask("cccd 046123456789, sdt 0905 123 456, otp là 482913").text
    'cccd [số giấy tờ], sdt [số điện thoại], otp là [mã xác thực]'
    """
    text = unicodedata.normalize("NFC", text)
    found: set[PersonalData] = set()
    text = _mask_secrets(text, found)
    text = _EMAIL.sub(lambda match: _note(PersonalData.EMAIL, found), text)
    kept = [match.span() for match in _KEPT_CODE.finditer(text)]

    def number(match: re.Match[str]) -> str:
        if any(start < match.end() and match.start() < end for start, end in kept):
            return match.group()
        kind = _kind_of_number(match.group())
        return match.group() if kind is None else _note(kind, found)

    text = _NUMBER.sub(number, text)
    text = _LONG_NUMBER.sub(lambda match: _note(PersonalData.ID_NUMBER, found), text)
    return Masked(text, frozenset(found))


def without_placeholders(text: str) -> str:
    """Masked `text` without the placeholders: their words are ours, not the citizen's, and would mislead matching."""
    return " ".join(_PLACEHOLDER.sub(" ", text).split())


def _mask_secrets(text: str, found: set[PersonalData]) -> str:
    """Codes and passwords are told by the words before them, accented or not."""
    bare = _same_length_fold(text)
    spans: list[tuple[int, int, PersonalData]] = []
    for pattern in (_CODE_AFTER, _CODE_BEFORE):
        spans += [(*match.span("value"), PersonalData.CODE) for match in pattern.finditer(bare)]
    for match in _PASSWORD_AFTER.finditer(bare):
        value = match.group("value")
        if value.strip("?.!") not in _NOT_A_PASSWORD and not value.startswith("["):
            spans.append((*match.span("value"), PersonalData.PASSWORD))
    for start, end, kind in sorted(spans, reverse=True):
        text = text[:start] + _note(kind, found) + text[end:]
    return text


def _same_length_fold(text: str) -> str:
    """`fold`, letter for letter, so that positions stay those of `text`."""
    return "".join(folded if len(folded := fold(ch)) == 1 else ch for ch in text)


def _kind_of_number(raw: str) -> PersonalData | None:
    digits = re.sub(r"\D", "", raw)
    if digits in _KEPT_NUMBERS or (raw.startswith(("1900", "1800")) and len(digits) <= 10):
        return None
    if re.fullmatch(r"(?:0|84)[235789]\d{8}", digits) or re.fullmatch(r"02\d{9}", digits):
        return PersonalData.PHONE
    if len(digits) == 12 or len(digits) == 9 or len(digits) == 10 or len(digits) == 13:
        grouped = re.fullmatch(r"\d{1,3}(?:\.\d{3})+", raw)  # 120.000.000 is money
        return None if grouped else PersonalData.ID_NUMBER
    if len(digits) >= 14 or len(digits) == 11:
        return PersonalData.CARD
    return None


def _note(kind: PersonalData, found: set[PersonalData]) -> str:
    found.add(kind)
    return kind.value
