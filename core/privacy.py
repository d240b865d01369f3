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


_ASIDE = 0xE000
_MOST_ASIDE = 2000
_EMAIL = re.compile(r"(?<![\w.+%-])[\w.+%-]++@[\w-]+(?:\.[\w-]+)+")
_PLACEHOLDER = re.compile("|".join(re.escape(kind.value) for kind in PersonalData))

# What looks like a number of a person and is none. Set aside first, put back last.
_KEPT = re.compile(
    "|".join(
        (
            _PLACEHOLDER.pattern,
            r"(?<![\w.])\d\.\d{6}(?![\w.]\d|\d)",  # portal code
            r"(?<![\w.])(?:\d{3}\.\d{2}\.\d{2}\.)?[A-Za-z]\d{2}(?:\.\d+)*-\d{6}-\d{3,6}(?!\d)",  # application code
            r"(?<!\d)\d{1,2}[/.-]\d{1,2}[/.-]\d{4}(?!\d)",  # date
            r"(?<!\d)(?:19|20)\d{2}-\d{2}-\d{2}(?!-?\d)",
            r"(?<!\d)\d{1,3}(?:\.\d)?/\d{4}/[A-ZĐa-zđ]+",  # law
            r"(?<!\d)1[89]00[ .]?\d{4}(?!\d)",  # service number
            r"(?<!\d)\d{1,2}h(?:\d{2})?\s?-\s?\d{1,2}h(?:\d{2})?",  # opening hours
            r"(?<!\d)\d{5,10}(?=\s?(?:đồng|dong|đ\b|vnđ|vnd))",  # money without points
        )
    )
)
_MONEY = re.compile(r"(?<![\d.,])(?<!\d[ \-–_])(?<!\+)[1-9]\d{0,2}(?:([.,])\d{3})(?:\1\d{3})*(?![.,]?\d)")
_OF_A_PERSON = re.compile(
    r"\b(?:cccd|cmnd|cmtnd|cmt|can cuoc|chung minh|dinh danh|so the|ho chieu|sdt|so dien thoai)\W*(?:\w+\W+){0,3}$"
)
_OF_AN_ACCOUNT = re.compile(r"\b(?:stk|so tk|so tai khoan|tai khoan ngan hang)\W*(?:\w+\W+){0,2}$")
_GAP = r"(?:\s?[-–‑_./,]\s?|[ \u00a0])"
_RUN = re.compile(rf"\+?\d(?:{_GAP}?\d)+")
_CHUNK = re.compile(r"\d{9,}")
_BRIEF = r"\d(?:[ .\-]?\d){3,7}(?![ .\-]?\d)"
_YEAR = re.compile(r"(?:19|20)\d\d")

_CODE_WORDS = r"ma\s+otp|otp|ma\s+xac\s+(?:thuc|nhan|minh)|ma\s+kich\s+hoat|ma\s+pin|pin|passcode|pass\s?code|ma\s+6\s+so"
_CODE_AFTER = re.compile(rf"(?<![a-z])(?:{_CODE_WORDS})(?![a-z])[^\d\n]{{0,40}}?(?P<value>{_BRIEF})")
_CODE_BEFORE = re.compile(rf"(?<!\d)(?P<value>{_BRIEF})\s+(?:la|day la)\s+(?:ma\s+)?(?:otp|xac thuc|xac nhan|kich hoat)\b")
_FILLERS = "vneid|cua|toi|em|minh|tui|la|cu|moi|nay|day|vua|app|dang|nhap|tk|tai|khoan|anh|chi|me|ba"
_SAYS_IT = r"(?<![a-z])(?:mat\s+khau|mk|password|pass|pw|passwd)\b"
_PASSWORD_TOLD = re.compile(rf"{_SAYS_IT}(?:\s+(?:{_FILLERS}))*?\s*(?:[:=]|\bla\b)\s*[:=]?\s*(?P<value>[^\s,;]{{4,}})")
_PASSWORD_SEEN = re.compile(rf"{_SAYS_IT}(?:\s+(?:{_FILLERS}))*\s+(?P<value>(?=\S*[a-z])(?=\S*[\d@#$%&*!])[^\s,;]{{5,}})")
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
    text, kept = _set_aside(text)
    text = _mask_secrets(text, found)
    text = _EMAIL.sub(lambda match: _note(PersonalData.EMAIL, found), text)
    text = _RUN.sub(lambda match: _mask_run(match, found), text)
    text = _CHUNK.sub(lambda match: _note(PersonalData.ID_NUMBER, found), text)
    for n, part in enumerate(kept):
        text = text.replace(chr(_ASIDE + n), part, 1)
    return Masked(text, frozenset(found))


def without_placeholders(text: str) -> str:
    """Masked `text` without the placeholders: their words are ours, not the citizen's, and would mislead matching."""
    return " ".join(_PLACEHOLDER.sub(" ", text).split())


def _set_aside(text: str) -> tuple[str, list[str]]:
    """Put a private-use sign in the place of everything that is no personal data, and return what stood there."""
    kept: list[str] = []

    def aside(match: re.Match[str]) -> str:
        if len(kept) >= _MOST_ASIDE:
            return match.group()
        kept.append(match.group())
        return chr(_ASIDE + len(kept) - 1)

    text = re.sub("[\ue000-\uf8ff]", "", text)  # nobody types these; they would be taken for ours

    def money(match: re.Match[str]) -> str:
        lead = _same_length_fold(match.string[max(0, match.start() - 40) : match.start()])
        is_person = _OF_A_PERSON.search(lead) or _kind(re.sub(r"\D", "", match.group())) is PersonalData.PHONE
        return match.group() if is_person else aside(match)

    return _MONEY.sub(money, _KEPT.sub(aside, text)), kept


def _mask_secrets(text: str, found: set[PersonalData]) -> str:
    """Codes and passwords are told by the words beside them, accented or not."""
    bare = _same_length_fold(text)
    spans: dict[tuple[int, int], PersonalData] = {}
    for pattern in (_CODE_AFTER, _CODE_BEFORE):
        for match in pattern.finditer(bare):
            if not _YEAR.fullmatch(match.group("value")):
                spans[match.span("value")] = PersonalData.CODE
    for pattern in (_PASSWORD_TOLD, _PASSWORD_SEEN):
        for match in pattern.finditer(bare):
            word = match.group("value").strip("?.!")
            if word not in _NOT_A_PASSWORD and ord(word[:1] or " ") < _ASIDE:
                spans[match.span("value")] = PersonalData.PASSWORD
    end_of_last = len(text) + 1
    for (start, end), kind in sorted(spans.items(), reverse=True):
        if end <= end_of_last:
            text = text[:start] + _note(kind, found) + text[end:]
            end_of_last = start
    return text


def _same_length_fold(text: str) -> str:
    """`fold`, letter for letter, so that positions stay those of `text`."""
    return "".join(folded if len(folded := fold(ch)) == 1 else ch for ch in text)


def _mask_run(match: re.Match[str], found: set[PersonalData]) -> str:
    """Mask a run of digits with gaps: as several numbers where each part is one, else as a whole."""
    run = match.group()
    digits = re.sub(r"\D", "", run)
    lead = _same_length_fold(match.string[max(0, match.start() - 40) : match.start()])
    if len(digits) < 9:
        return _note(PersonalData.CARD, found) if len(digits) >= 6 and _OF_AN_ACCOUNT.search(lead) else run
    parts = re.split(r"([ ,;/]+)", run)
    numbers = [re.sub(r"\D", "", part) for part in parts[::2]]
    if len(numbers) > 1 and all(len(number) in {0} or len(number) >= 9 for number in numbers):
        return "".join(_note(_kind(number), found) if number else part for part, number in _paired(parts, numbers))
    return _note(_kind(digits), found)


def _paired(parts: list[str], numbers: list[str]) -> list[tuple[str, str]]:
    """The pieces of a split run, each with its digits ('' for the gaps between)."""
    return [(part, numbers[n // 2] if n % 2 == 0 else "") for n, part in enumerate(parts)]


def _kind(digits: str) -> PersonalData:
    if re.fullmatch(r"(?:0|84)[235789]\d{8,9}", digits):
        return PersonalData.PHONE
    if len(digits) in {9, 10, 12, 13}:
        return PersonalData.ID_NUMBER
    return PersonalData.CARD


def _note(kind: PersonalData, found: set[PersonalData]) -> str:
    found.add(kind)
    return kind.value
