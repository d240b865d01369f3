"""One procedure of the national catalogue, as its JSON line gives it; docs/catalogue.md describes the format.

Unknown fields are ignored and absent ones are empty; only the code and the name must be right, because nothing can be
found or shown without them. Texts are brought to NFC without invisible characters and with blanks folded.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import math
import re
import unicodedata
import zlib
from collections.abc import Iterator
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from core.errors import ContentError, UserFacingError
from core.text import clean, fold

__all__ = [
    "Agency",
    "CatalogueDocument",
    "CatalogueRecord",
    "CatalogueStep",
    "Decision",
    "Fee",
    "Legal",
    "Method",
    "OnlineCase",
    "numbered_lines",
    "parse_record",
]

_GZIP = b"\x1f\x8b"
_BIGGEST = 10**15
_LONGEST_SLUG = 30
_YEARS = range(2000, 2100)
_PROVINCE = re.compile(r"\b(?:tỉnh|thành phố|TP\.?)\s+([^\W\d_]+(?:\s[^\W\d_]+){0,3})$", re.IGNORECASE)


def _lines(text: str) -> str:
    if not text.isascii():
        text = text.encode("utf-8", "ignore").decode("utf-8")  # half a surrogate pair can be neither stored nor hashed
    cleaned = clean(text)
    # An invisible character between a letter and its accent hid that they belong together.
    return cleaned if unicodedata.is_normalized("NFC", cleaned) else clean(cleaned)


def _line(text: str) -> str:
    return " ".join(_lines(text).split())


def _empty_text(value: Any) -> Any:
    return "" if value is None else value


def _empty_list(value: Any) -> Any:
    return () if value is None else value


def _empty_mapping(value: Any) -> Any:
    return {} if value is None else value


def _number(value: Any) -> Any:
    """A number that can be shown; whatever is none counts as absent."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not math.isfinite(value) or not 0 <= value < _BIGGEST:
        return None
    return int(value) if value == int(value) else value


def _number_or_text(value: Any) -> Any:
    value = _line(value) if isinstance(value, str) else value
    number = _number(value)
    return value if number is None and isinstance(value, str) else number


def _date(value: Any) -> Any:
    """A date of this century; whatever is none counts as absent."""
    try:
        found = date.fromisoformat(str(value)[:10])
    except ValueError:
        return None
    return found if found.year in _YEARS else None


def _named(name: str) -> str:
    if not any(char.isalnum() for char in name):
        raise ValueError("holds no letter: a procedure needs a name")
    return name


Line = Annotated[str, BeforeValidator(_empty_text), AfterValidator(_line)]
Lines = Annotated[str, BeforeValidator(_empty_text), AfterValidator(_lines)]
Number = Annotated[int | float | None, BeforeValidator(_number)]
Duration = Annotated[int | float | Line | None, BeforeValidator(_number_or_text)]
Texts = Annotated[tuple[Lines, ...], BeforeValidator(_empty_list)]
Flag = Annotated[bool, BeforeValidator(lambda value: False if value is None else value)]


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Agency(_Lenient):
    """Who decides (``competent_agency``) and who does the work (``executing_agency``)."""

    competent_agency: Line = ""
    executing_agency: Line = ""


class CatalogueStep(_Lenient):
    """A part of the described course; most records put all of it into one."""

    name: Line = ""
    text: Lines = ""


class Fee(_Lenient):
    """An amount in đồng. Zero or none never means free of charge, only that the amount was not filled in."""

    type: Line = ""
    value: Number = None
    note: Lines = ""


class Method(_Lenient):
    """A way to hand in (``ONLINE``, ``DIRECT``, ``POSTAL``) with its time and fees."""

    channel: Line = ""
    time: Duration = None
    unit: Line = ""
    note: Lines = ""
    fees: Annotated[tuple[Fee, ...], BeforeValidator(_empty_list)] = ()


class CatalogueDocument(_Lenient):
    """A paper of the application; ``group`` is ``forms``, ``normally_required`` or ``conditional``."""

    name: Line = ""
    quantity: Line = ""
    group: Line = ""


class Legal(_Lenient):
    """A legal act by number and name."""

    no: Line = ""
    name: Line = ""


class Decision(_Lenient):
    """The decision that published the procedure."""

    number: Line = ""
    date: Line = ""


class OnlineCase(_Lenient):
    """A case that can be chosen when applying online."""

    code: Line = ""
    name: Line = ""
    days: Number = None


class CatalogueRecord(_Lenient):
    """One procedure."""

    code: Annotated[str, BeforeValidator(lambda value: value.strip() if isinstance(value, str) else value)] = Field(
        pattern=r"^[0-9]\.[0-9]{6}$"
    )
    name: Annotated[str, AfterValidator(_line), AfterValidator(_named)]
    level: Line = ""
    sector: Line = ""
    life_event: Texts = ()
    target_users: Texts = ()
    promulgated_by: Line = ""
    agency: Annotated[Agency, BeforeValidator(_empty_mapping)] = Agency()
    is_full_process: bool | None = None
    is_ward: Flag = False
    is_province: Flag = False
    is_ministry: Flag = False
    is_vertical: Flag = False
    state: Line = ""
    decision: Annotated[Decision, BeforeValidator(_empty_mapping)] = Decision()
    updated_at: Annotated[date | None, BeforeValidator(_date)] = None
    steps: Annotated[tuple[CatalogueStep, ...], BeforeValidator(_empty_list)] = ()
    methods: Annotated[tuple[Method, ...], BeforeValidator(_empty_list)] = ()
    documents: Annotated[tuple[CatalogueDocument, ...], BeforeValidator(_empty_list)] = ()
    conditions: Lines = ""
    results: Texts = ()
    legal: Annotated[tuple[Legal, ...], BeforeValidator(_empty_list)] = ()
    online_cases: Annotated[tuple[OnlineCase, ...], BeforeValidator(_empty_list)] = ()

    @cached_property
    def canonical(self) -> bytes:
        """The record as JSON with sorted keys, without what is empty."""
        content = self.model_dump(mode="json", exclude_defaults=True)
        return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    @cached_property
    def content_hash(self) -> str:
        """Changes when anything we use of the record changes."""
        return hashlib.sha256(self.canonical).hexdigest()

    @property
    def applies_to(self) -> str:
        """``vn``, or the one province that published it for itself: ``vn-hue``."""
        found = _PROVINCE.search(self.promulgated_by)
        slug = re.sub(r"[^a-z]", "", fold(found.group(1))) if found else ""
        return f"vn-{slug[:_LONGEST_SLUG]}" if slug else "vn"

    def pack(self) -> bytes:
        """A small form to keep many of; `unpack` reverses it."""
        return zlib.compress(self.canonical)

    @classmethod
    def unpack(cls, packed: bytes) -> CatalogueRecord:
        """The reverse of `pack`."""
        return cls.model_validate_json(zlib.decompress(packed))


def parse_record(line: bytes | str) -> CatalogueRecord:
    """Read one JSON line.

    Raises:
        ContentError: One sentence for each thing that is wrong.
    """
    try:
        raw = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ContentError([f"not readable as JSON ({error})"]) from error
    try:
        return CatalogueRecord.model_validate(raw)
    except ValidationError as error:
        raise ContentError([_explain(dict(item)) for item in error.errors(include_url=False)]) from error


def _explain(item: dict[str, Any]) -> str:
    field = ".".join(str(part) for part in item["loc"]) or "(whole line)"
    message = {
        "string_pattern_mismatch": f"{str(item['input'])[:20]!r} is no portal code: one digit, a point, six digits",
        "missing": "is missing",
    }.get(item["type"], str(item["msg"]).removeprefix("Value error, "))
    return f"{field}: {message}"


def numbered_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines of a file (plain or gzip, told apart by content) with their numbers from 1; empty ones are left out.

    Raises:
        UserFacingError: The file cannot be read to its end.
    """
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == _GZIP
            raw.seek(0)
            with gzip.GzipFile(fileobj=raw) if packed else raw as lines:
                for number, line in enumerate(lines, 1):
                    if line.strip():
                        yield number, line.removeprefix(b"\xef\xbb\xbf")
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UserFacingError(f"{path}: cannot be read ({reason}); give a file of JSON lines, plain or gzip") from error
