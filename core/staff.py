"""Who works with the console: roles, and for which wards an account stands."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from core.errors import UserFacingError

__all__ = ["LONGEST_NAME", "Member", "Role", "clean_name", "clean_username"]

LONGEST_NAME = 80
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,30}[a-z0-9]")


class Role(StrEnum):
    """What somebody is there for; the value is stored."""

    STAFF = "nhan_vien"
    LEAD = "truong_nhom"
    TRAINER = "huan_luyen"
    MANAGER = "quan_ly"
    ADMIN = "quan_tri"

    @property
    def label(self) -> str:
        """As people read it."""
        return _LABELS[self]


_LABELS = {
    Role.STAFF: "Nhân viên",
    Role.LEAD: "Trưởng nhóm",
    Role.TRAINER: "Người huấn luyện",
    Role.MANAGER: "Quản lý",
    Role.ADMIN: "Quản trị",
}


@dataclass(frozen=True)
class Member:
    """An account as pages and services see it.

    Args:
        id: Of the account.
        username: What one signs in with.
        full_name: For colleagues.
        display_name: For citizens, as set by the office.
        role: What it may do.
        wards: Ids of the wards it works for; none = the whole city.
        has_totp: Whether a second factor is set up.
    """

    id: int
    username: str
    full_name: str
    display_name: str
    role: Role
    wards: frozenset[str]
    has_totp: bool

    @property
    def whole_city(self) -> bool:
        """Not limited to wards."""
        return not self.wards

    def covers(self, ward: str | None) -> bool:
        """Whether what belongs to `ward` is this account's business; without a ward it is for those of the whole city."""
        return self.whole_city or ward in self.wards

    def covers_all(self, wards: Collection[str]) -> bool:
        """Whether this account may give somebody else these wards."""
        return self.whole_city or (bool(wards) and self.wards.issuperset(wards))


def clean_username(typed: str) -> str:
    """A user name as it is stored: lower case, without blanks around it.

    Raises:
        UserFacingError: It has other letters, or is too short or too long.

    >>> clean_username(" Lan.TT ")
    'lan.tt'
    """
    name = typed.strip().lower()
    if not _USERNAME.fullmatch(name):
        raise UserFacingError("Tên đăng nhập dài 3–32 ký tự, chỉ gồm chữ a–z không dấu, chữ số, dấu chấm, gạch nối, gạch dưới.")
    return name


def clean_name(typed: str, what: str) -> str:
    """A person's name in NFC, with single blanks and nothing that cannot be seen.

    Args:
        typed: As entered.
        what: How the field is called, for the error.

    Raises:
        UserFacingError: Nothing is left, or too much.
    """
    plain = "".join(ch for ch in unicodedata.normalize("NFC", typed) if unicodedata.category(ch)[0] != "C" or ch.isspace())
    name = " ".join(plain.split())
    if not name or len(name) > LONGEST_NAME:
        raise UserFacingError(f"{what} phải có, dài nhất {LONGEST_NAME} ký tự.")
    return name
