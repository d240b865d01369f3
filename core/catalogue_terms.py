"""Fees and times of a procedure, told apart by the way of handing in wherever they differ."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from core import texts
from core.catalogue_record import Fee, Method
from core.catalogue_text import bare, folded, shorten

__all__ = ["Terms", "fee_terms", "money", "time_terms"]

_SMALLEST_AMOUNT = 1000
_FEES_SHOWN = 4
_FEE_NOTE_WORDS = 22
_TIME_NOTE_WORDS = 40
_CASE_WORDS = 12
_SHORT_TIME_WORDS = 14
_CHANNELS = ("ONLINE", "DIRECT", "POSTAL")

_SAYS_NOTHING = re.compile(
    r"^(?:khong(?: co| quy dinh| ap dung)?|theo quy dinh|theo mo ta|mac dinh|0|phi|le phi|co|"
    r"tuy (?:theo )?(?:tung )?truong hop|)$"
)
_DURATION = re.compile(
    r"\d+(?:[.,]\d+)?\s*(?:\([^()]{1,40}\)\s*)?(?:ngày|giờ|tháng)|\bngay (?:trong ngày|sau khi|khi)|trong ngày", re.IGNORECASE
)
_COUNTED = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:\([^()]{1,40}\)\s*)?(ngày|giờ|tháng)", re.IGNORECASE)
_STARTS_WITH_UNIT = re.compile(r"^(?:/|đồng\b|đ/)", re.IGNORECASE)
_SENTENCES = re.compile(r"(?<=[.;])\s+|\n")


@dataclass(frozen=True)
class Terms:
    """What to tell, in short (for the summary) and in full, and whether something must be asked on the spot."""

    short: str
    full: tuple[str, ...]
    to_confirm: bool = False


def money(value: int | float) -> str:
    """An amount as it is written: "20.000 đ".

    >>> money(1250000), money(7500.5)
    ('1.250.000 đ', '7.500,5 đ')
    """
    return f"{value:,}".replace(",", " ").replace(".", ",").replace(" ", ".") + " đ"


def _number(value: int | float) -> str:
    return f"{value}".replace(".", ",")


def fee_terms(methods: Sequence[Method]) -> Terms:
    """Amounts with their notes. No amount is never told as free of charge."""
    by_channel = {channel: _fees(found) for channel, found in _by_channel(methods).items()}
    to_confirm = not by_channel or not all(known for fees in by_channel.values() for _, known in fees)
    lines = {channel: tuple(text for text, _ in fees) for channel, fees in by_channel.items()}
    return Terms("", tuple(_told(lines)) or (texts.CATALOGUE_FEE_UNKNOWN,), to_confirm)


def _by_channel(methods: Sequence[Method]) -> dict[str, list[Method]]:
    found: dict[str, list[Method]] = {channel: [] for channel in _CHANNELS}
    for method in methods:
        found.setdefault(method.channel, []).append(method)
    return {channel: listed for channel, listed in found.items() if listed}


def _fees(methods: Sequence[Method]) -> list[tuple[str, bool]]:
    """Each fee of one way of handing in as a sentence, and whether its amount is known."""
    told = [_fee(fee) for method in methods for fee in method.fees]
    known = list(dict.fromkeys(fee for fee in told if fee[0] != texts.CATALOGUE_FEE_UNKNOWN))
    return known or [(texts.CATALOGUE_FEE_UNKNOWN, False)]


def _fee(fee: Fee) -> tuple[str, bool]:
    note = shorten(bare(" ".join(bare(line) for line in fee.note.splitlines())), _FEE_NOTE_WORDS).rstrip(".")
    if _SAYS_NOTHING.match(folded(note)):
        note = ""
    if not fee.value:
        return (texts.CATALOGUE_FEE_NOTE.format(note=note) if note else texts.CATALOGUE_FEE_UNKNOWN), False
    if fee.value < _SMALLEST_AMOUNT:
        told = texts.CATALOGUE_FEE_NO_UNIT_CASE if note else texts.CATALOGUE_FEE_NO_UNIT
        return told.format(value=_number(fee.value), note=note), False
    amount = money(fee.value)
    if not note:
        return f"{amount}.", True
    if re.search(rf"(?<![\d.,]){re.escape(amount.removesuffix(' đ'))}(?![.,]?\d)", note):
        return f"{note}.", True
    if _STARTS_WITH_UNIT.match(note):
        return f"{amount.removesuffix(' đ')} {note}.".replace(" /", " đ/"), True
    return f"{amount} ({note}).", True


def _told(lines: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """The lines of every channel; channels that say the same say it once, without a label when all do."""
    same: dict[frozenset[str], list[str]] = {}
    for channel, told in lines.items():
        same.setdefault(frozenset(told), []).append(channel)
    for channels in same.values():
        told = lines[channels[0]]
        label = "" if len(same) == 1 else f"{_label(channels)}: "
        shown = told if len(told) <= _FEES_SHOWN else told[: _FEES_SHOWN - 1]
        for n, text in enumerate(shown):
            yield f"{label}{text}" if n == 0 else text
        if len(shown) < len(told):
            yield texts.CATALOGUE_FEE_MORE.format(count=len(told) - len(shown))


def _label(channels: Sequence[str]) -> str:
    names = [texts.CATALOGUE_CHANNELS.get(channel, texts.CATALOGUE_OTHER_CHANNEL) for channel in channels]
    return ", ".join([names[0], *(name[:1].lower() + name[1:] for name in dict.fromkeys(names[1:]) if name != names[0])])


def time_terms(methods: Sequence[Method]) -> Terms:
    """Time limits; what a note adds for special cases comes as a sentence of its own."""
    channels = _by_channel(methods)
    lines = {channel: tuple(_times(found)) for channel, found in channels.items()}
    told = list(dict.fromkeys(text for listed in lines.values() for text in listed))
    if not told or told == [texts.CATALOGUE_TIME_UNKNOWN]:
        return Terms(
            texts.CATALOGUE_TIME_SHORT.format(time=texts.CATALOGUE_SEE_PORTAL),
            (texts.CATALOGUE_TIME_UNKNOWN, texts.CATALOGUE_TIME_ASK),
        )
    single = told[0].rstrip(".") if len(told) == 1 else ""
    short = single if single and len(single.split()) <= _SHORT_TIME_WORDS else texts.CATALOGUE_TIME_VARIES
    more = _more_times(methods, " ".join(told))
    extra = (texts.CATALOGUE_TIME_MORE.format(note=more),) if more else ()
    return Terms(texts.CATALOGUE_TIME_SHORT.format(time=_lower_first(short)), (*_told(lines), *extra))


def _times(methods: Sequence[Method]) -> Iterator[str]:
    """The time limits of one way of handing in; where there are several, each with the case it is for."""
    limits = {method: _limit(method) for method in methods}
    several = len({limit for limit in limits.values() if limit}) > 1
    for method, limit in limits.items():
        if not limit:
            yield texts.CATALOGUE_TIME_UNKNOWN
            continue
        case = shorten(bare(method.note), _CASE_WORDS) if several else ""
        yield f"{limit.rstrip('.')} ({case})." if case and case not in limit else f"{limit.rstrip('.')}."


def _limit(method: Method) -> str:
    """The time limit in words, or nothing when the record does not tell one."""
    unit = texts.CATALOGUE_UNITS.get(method.unit)
    if unit and method.time and not isinstance(method.time, str):
        return f"{_number(method.time)} {unit}"
    for text in (method.time if isinstance(method.time, str) else "", method.note):
        if _DURATION.search(text):
            line = next(part for part in text.splitlines() if _DURATION.search(part))
            return shorten(bare(line), _TIME_NOTE_WORDS)
    return ""


def _more_times(methods: Sequence[Method], told: str) -> str:
    """The first sentence of a note with a time limit that was not told yet."""
    known = {_count(match) for match in _COUNTED.finditer(told)}
    for sentence in (part for method in methods for part in _SENTENCES.split(method.note)):
        if any(_count(match) not in known for match in _COUNTED.finditer(sentence)):
            return shorten(bare(sentence), _TIME_NOTE_WORDS)
    return ""


def _count(match: re.Match[str]) -> tuple[str, str]:
    return match.group(1).lstrip("0"), match.group(2).lower()


def _lower_first(text: str) -> str:
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]
