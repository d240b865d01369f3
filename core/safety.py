"""Urgent safety, recognised before the classifier: scams, demands for codes, fake apps and links, false officials.

A rule is a set of things that must all be said, in any order, in accent-stripped words. Missing a scam is the worst
mistake the bot can make, so rules lean towards warning; ordinary trouble with codes ("không nhận được OTP") is kept out
by what must not be said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.text import fold

__all__ = ["URGENT_GUIDES", "urgent_guide"]

GENERAL = "lua_dao"
FAKE_APP = "vneid_gia_mao"
CODE_DEMANDED = "doi_ma_otp"
FALSE_OFFICIAL = "gia_danh_cong_an"
PAID_HELPER = "nguoi_lam_ho_thu_tien"

URGENT_GUIDES = (GENERAL, FAKE_APP, CODE_DEMANDED, FALSE_OFFICIAL, PAID_HELPER)
"""Ids of the guides these rules lead to."""

_WINDOW = 30
"""Words within which everything a rule asks for must be said: long stories mention many unrelated things."""


@dataclass(frozen=True)
class _Rule:
    guide: str
    all_of: tuple[re.Pattern[str], ...]
    none_of: re.Pattern[str] | None = None


def _rule(guide: str, *all_of: str, none_of: str | None = None) -> _Rule:
    return _Rule(guide, tuple(re.compile(rf"\b(?:{part})\b") for part in all_of), re.compile(rf"\b(?:{none_of})\b") if none_of else None)


_SOMEBODY = (
    "co nguoi|nguoi ta|nguoi la|so la|ai do|co ai|dua nao|thang nao|ke (?:gian|xau|lua)|ho (?:goi|nhan|bao|keu|gui|yeu cau|noi|doi|bat|kiu|doa|van|cu|lai)"
    "|(?:no|tui no|bon no) (?:goi|nhan|bao|keu|gui|doi|bat)|(?:tu )?xung (?:la|danh)|gia danh|mao danh|gia (?:lam )?(?:cong an|can bo|nhan vien)|nguoi (?:goi|xung|keu|nhan|tu xung|la)"
    "|(?:cong an|can bo|nhan vien|dien luc|ngan hang|toa an|vien kiem sat|thue|tong dai|buu dien|shipper|co quan|uy ban|phuong|bao hiem|csgt|canh sat)(?: \\w+){0,5} (?:goi|nhan tin|nhan zalo|ket ban|alo|gui (?:link|duong|tin|file|ma)|dien thoai (?:toi|cho|keu|bao))"
    "|(?:goi|nhan tin|nt|tin nhan|cuoc goi|dien thoai|goi dien|goi den|goi toi|zalo)(?: \\w+){0,4} (?:bao|keu|doi|yeu cau|xung|bat|noi|kiu|doa)"
    "|bi (?:goi|nhan tin|lua|du)|nhan (?:duoc )?(?:cuoc goi|tin nhan|tin|sms|link|duong dan|duong link)|tu dung (?:co|nhan)"
)
_SECRET = "otp|ma (?:otp|xac thuc|xac nhan|xac minh|kich hoat|pin|6 so|so|gui ve|ve dien thoai)|mat khau|passcode|pass|mk|anh can cuoc|chup (?:can cuoc|cccd|the)|so tai khoan|sinh trac|quet (?:khuon )?mat"
_GIVE = "doc|cung cap|dua|gui|cho|doi|hoi|xin|yeu cau|bat|keu|bao|nhap|khai|chup|quet"
_BAIT = (
    "link|linh|duong (?:dan|link)|apk|cai (?:app|ung dung|phan mem|them|vneid|vao may)|tai (?:app|ung dung|file|phan mem|vneid)|file la|ma qr"
    "|(?:dong bo|cap nhat|nang cap|xac (?:thuc|minh)|kich hoat|chuan hoa|dinh danh|bo sung|sua|khai)(?: \\w+){0,3} (?:du lieu|vneid|dinh danh|can cuoc|cccd|thong tin|tai khoan|muc 2|hoc sinh|thue|qua (?:dien thoai|mang|zalo|video))"
    "|chuyen (?:khoan|tien)|nop (?:tien|phat|phi)|dong (?:tien|phi|phat)|dat coc|coc truoc|video call|goi video|goi hinh|share man hinh|chia se man hinh|dieu khien (?:tu xa|may)|bat giu|bat tam giam|lenh bat|no tien|trung thuong|rua tien|khoa (?:tai khoan|can cuoc|sim|dinh danh|the|dien|so)|cat (?:dien|sim|mang)|phat nguoi"
)
_OOPS = (
    "(?:lo|vua|da|moi|trot|loi|danh|dai) (?:\\w+ ){0,2}(?:bam|nhan|nhap|doc|gui|cai|tai|chuyen|cung cap|dua|click|an|truy cap|quet|chup|noi|khai|mo|bam vao)"
)
_TECHNICAL = "khong (?:nhan|thay|gui|ve|co)(?: \\w+){0,3} (?:otp|ma)|(?:otp|ma)(?: \\w+){0,3} (?:khong|chua|mai|k|ko) (?:ve|toi|den|thay|gui|nhan|hien|vao)|chua (?:nhan|thay|co)(?: \\w+){0,3} (?:otp|ma)|quen"

_RULES = (
    _rule(CODE_DEMANDED, _OOPS, "otp|ma (?:otp|xac thuc|xac nhan|xac minh|pin)|mat khau|passcode", "cho|nguoi|ho|no|la|link|web|trang|ai|can bo|cong an", none_of=_TECHNICAL),
    _rule(FAKE_APP, _OOPS, "link|duong (?:dan|link)|apk|app (?:la|gia|cua ho|no|do)|ung dung (?:la|gia)|file (?:la|do|apk)|ma qr la|vneid gia|phan mem (?:la|gia)"),
    _rule(CODE_DEMANDED, _SOMEBODY, _SECRET, _GIVE, none_of=_TECHNICAL),
    _rule(PAID_HELPER, "lam (?:ho|thay|giup|nhanh|gium|dum)|dich vu|co (?:moi|lai)|bao (?:dau|lam|ra|tron goi)|lo (?:giup|het|lot|cho|nhanh)|chay|nhanh trong ngay|lay (?:ngay|lien|nhanh)", "dat coc|coc(?: truoc)?|chuyen (?:khoan|tien|truoc)|dua tien|boi duong|lay tien|thu tien|doi tien|dua (?:tai khoan|vneid|mat khau)", "co nguoi|nguoi|ho|ai|tren mang|facebook|zalo|fb|quen|co"),
    _rule(FALSE_OFFICIAL, "(?:tu )?xung (?:la |danh )?(?:cong an|can bo|nhan vien|vien|toa|buu|dien luc|ngan hang|ben)|gia danh|mao danh|gia (?:lam )?(?:cong an|can bo|nhan vien)|(?:cong an|can bo|vien kiem sat|toa an) gia"),
    _rule(FALSE_OFFICIAL, _SOMEBODY, _BAIT, none_of=_TECHNICAL),
    _rule(GENERAL, "lua (?:dao|gat|tien|em|toi|minh|ba|me|tui)|bi lua|scam|bip|gat tien|lua dao|hacker?|bi hack|chiem (?:quyen|doat|may|dt|dien thoai|tai khoan)|mat tien oan|tong tien", none_of="to giac toi pham thu tuc"),
    _rule(FAKE_APP, "vneid|dich vu cong|cong an|cccd|can cuoc|phat nguoi|giao thong|dinh danh", "link|duong (?:dan|link)|apk|web|trang|app|ung dung|tin nhan|sms", "gia|gia mao|la|nghi|dang ngo|co nen bam|co that|that (?:hay|khong|ko|k)|dang tin|tin (?:duoc|khong)"),
    _rule(GENERAL, "tin nhan|sms|nhan tin|cuoc goi|goi (?:dien|den|toi)", "link|duong (?:dan|link)|trung thuong|phat nguoi|no cuoc|chuyen tien|khoa tai khoan", "co nen|that|gia|tin duoc|bam|sao|la"),
)  # fmt: skip


def urgent_guide(words: Sequence[str]) -> str | None:
    """The safety guide a message calls for, or None.

    Args:
        words: Normalised words of the message.

    >>> urgent_guide("có người xưng công an gọi bảo tôi đọc mã otp".split())
    'doi_ma_otp'
    >>> urgent_guide("không nhận được mã otp".split()) is None
    True
    """
    bare = [fold(word) for word in words]
    for start in range(0, max(1, len(bare) - _WINDOW // 2), _WINDOW // 2):
        said = " ".join(bare[start : start + _WINDOW])
        for rule in _RULES:
            if all(part.search(said) for part in rule.all_of) and not (rule.none_of and rule.none_of.search(said)):
                return rule.guide
    return None
