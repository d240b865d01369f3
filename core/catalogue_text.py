"""Official text made short and plain: what the sections of a catalogue guide are cut from."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from core.guides import MAX_WORDS
from core.text import fold, normalize_word

__all__ = [
    "TITLE_WORDS",
    "bare",
    "capitalize",
    "ended",
    "first_room",
    "fit",
    "folded",
    "office",
    "plain",
    "said",
    "shorten",
    "split_lines",
    "split_offices",
]

TITLE_WORDS = 24
"""Titles stand over the first part of an answer, so they leave room for it."""
HEAD_WORDS = 6
"""Words that an answer puts beside the title ("– Ai được làm, điều kiện")."""

_CHARS_PER_WORD = 10
_MARKER_CHARS = 10
_UPPER = "A-Z" + "".join(char for char in map(chr, range(0xC0, 0x1EFA)) if char.isupper())
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_LINK = re.compile(r"(?:[a-z][a-z0-9+.-]*://|www\.)([^\s/\"'”“’;,()]+)[^\s\"'”“’;,()]*", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.;!?](?=\s)")
_DANGLING = re.compile(
    r"(?:\s+(?:và|hoặc|của|theo|tại|cho|đối|với|các|những|để|thì|là|do|về|có|được|từ|đến|trong|số|ngày|khi|bị|bởi|hay|một))+$",
    re.IGNORECASE,
)
_STEP = re.compile(r"^\s*Bước\s+\d+(?:\.\d+)*\s*(?:[:.)–-]|(?=\s))\s*", re.IGNORECASE)
_MARKER = re.compile(
    rf"""^\s*(?:
        [-–—+*•·▪●○◦✓]+\s*                    # bullets
      | \(?[ivx]{{1,4}}\)[\s.:]*                 # (i) ii)
      | \(?[a-zđ]\d?(?:\.\d+)*\)[\s.:]*        # a) (b) c1)
      | \d{{1,2}}(?:\.\d{{1,2}})*[.)]+(?=\s)\s*    # 1. 2.1. 3)
      | \d{{1,2}}(?:\.\d{{1,2}})+\s+(?=[{_UPPER}])  # 2.1 Hồ sơ
      | \d{{1,2}}[.)/-](?=[{_UPPER}])             # 1-Trường hợp
      | \(\d{{1,2}}(?:\.\d+)*\)[\s.:]*           # (1) (1.2)
      | (?:[IVX]{{1,4}}|[A-H])[.)]\s+            # II. B.
    )""",
    re.VERBOSE,
)
_INLINE_STEP = re.compile(r"(?<=[.;:)])\s*(?=Bước\s+\d+\s*[:.])")
_INLINE_DASH = re.compile(rf"(?<=[.;:])\s+(?=[-+]\s?[{_UPPER}])")
_LISTED = re.compile(r"[a-zđ]\d?\)|[ivx]{1,4}\)")
_OFFICE_START = (
    r"Sở|Ủy ban|Uỷ ban|UBND|Chi nhánh|Văn phòng|Cục|Chi cục|Tổng cục|Bộ|Công an|Thuế|Trung tâm|Cảng vụ|Cơ quan|Ban|Phòng|"
    r"Bảo hiểm|Quỹ|Tòa|Toà|Viện|Ngân hàng|Kho bạc|Chủ tịch|Đội|Đồn|Vụ|Trường|Bệnh viện|Hội đồng"
)
_BETWEEN_OFFICES = re.compile(rf";\s*|,\s+(?=(?:{_OFFICE_START})\b)")
_LEVEL_WORDS = ((re.compile(r"\bcấp xã\b(?!,)", re.I), "phường, xã"), (re.compile(r"\bcấp tỉnh\b(?!,)", re.I), "tỉnh, thành phố"))
_UBND = re.compile(r"\bUBND\b|\bUỷ ban [Nn]hân dân\b|\bỦy ban Nhân dân\b", re.IGNORECASE)
_OFFICES_SHOWN = 2
_OFFICE_WORDS = 18


@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """`text` in lower case without accents, punctuation as single blanks: for comparing and recognising."""
    return " ".join(re.findall(r"\w+", fold(text)))


def said(text: str) -> str:
    """`text` in lower case with one way of placing tone marks, punctuation as single blanks: "sở" stays apart from "số"."""
    return " ".join(normalize_word(word) for word in re.findall(r"\w+", text))


def plain(text: str) -> str:
    """One line without markup; addresses lose all but their host, and the host too where it is no government's."""
    text = _LINK.sub(_host, text)
    if "<" in text or ">" in text:
        text = _TAG.sub(" ", text).replace("->", "→").replace("<=", "≤").replace(">=", "≥")
        text = text.replace("<", "‹").replace(">", "›")
    return " ".join(text.split())


def _host(link: re.Match[str]) -> str:
    host = link.group(1).lower().rstrip(".:").removeprefix("www.")
    return host if host == "gov.vn" or host.endswith(".gov.vn") else "trang mạng của cơ quan"


def bare(text: str) -> str:
    """One plain line without the numbering or bullet it begins with and the separators it ends with."""
    text = plain(text)
    while (shorter := _MARKER.sub("", _STEP.sub("", text), count=1)) != text:
        text = shorter
    if text.endswith(")") and text.count(")") > text.count("("):
        text = text[:-1]
    return text.rstrip(" ;,:-–+*")


def capitalize(text: str) -> str:
    """The first letter in upper case; the rest as it is."""
    return text[:1].upper() + text[1:]


def shorten(text: str, words: int) -> str:
    """At most `words` words: up to the end of a sentence where one ends in the second half, else up to a word, then "…"."""
    parts = text.split()
    limit = words * _CHARS_PER_WORD
    if len(parts) <= words and len(text) <= limit:
        return text
    cut = " ".join(parts[:words])
    if len(cut) > limit:
        cut = cut[:limit].rpartition(" ")[0] or cut[:limit]
    ends = [match.start() for match in _SENTENCE_END.finditer(cut + " ") if match.start() >= len(cut) // 2]
    if ends:
        return cut[: ends[-1]].rstrip(" ;,:") + "."
    return _DANGLING.sub("", cut.rstrip(" ;,:.-–(")).rstrip(" ;,:.-–(") + "…"


def ended(text: str) -> str:
    """`text` with a full stop, where nothing else ends it."""
    return f"{text}." if text[-1:].isalnum() or text.endswith(")") else text


def first_room(title: str) -> int:
    """Words that the first part of an answer may have beside the title over it."""
    return MAX_WORDS - HEAD_WORDS - len(title.split())


def fit(texts: Iterable[str], title: str) -> tuple[str, ...]:
    """Non-empty `texts`, each short enough for a message; the first one together with the title over it."""
    kept = [text for text in texts if text.strip()]
    room = first_room(title)
    return tuple(ended(shorten(text.replace("….", "…"), room if n == 0 else MAX_WORDS)) for n, text in enumerate(kept))


def split_lines(text: str) -> list[str]:
    """`text` at its line breaks (not at those within a sentence), and where steps or dashes follow one another in a line."""
    lines: list[str] = []
    for line in _INLINE_DASH.sub("\n", _INLINE_STEP.sub("\n", text)).splitlines():
        line = line.strip()
        goes_on = line[:1].islower() and not _LISTED.match(line) and lines[-1:] and lines[-1][-1] not in ".;:!?"
        if goes_on or (line and lines and len(lines[-1]) <= _MARKER_CHARS and not bare(lines[-1])):
            lines[-1] += f" {line}"
        elif line:
            lines.append(line)
    return lines


def split_offices(text: str) -> list[str]:
    """The offices that a list of them names; commas within a name do not part it."""
    return [part.strip() for part in _BETWEEN_OFFICES.split(text) if part and part.strip(" .,-")]


def office(text: str) -> str:
    """Offices in everyday words; of many the first two."""
    names = list(dict.fromkeys(split_offices(plain(text))))
    told = "; ".join(names[:_OFFICES_SHOWN])
    for pattern, words in _LEVEL_WORDS:
        told = pattern.sub(words, told)
    told = shorten(_UBND.sub("Ủy ban nhân dân", told), _OFFICE_WORDS).rstrip(" .;,")
    return told if len(names) <= _OFFICES_SHOWN else f"{told.rstrip('…')} và {len(names) - _OFFICES_SHOWN} nơi khác"
