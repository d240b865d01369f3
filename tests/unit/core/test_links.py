"""Nothing but official links leaves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.links import LINK_REMOVED, allowed, only_allowed_links
from core.messages import Choice, Footer, Link, Reply

_HOSTS = ("gov.vn", "vneid.gov.vn")


@pytest.mark.parametrize(
    "url",
    [
        "https://dichvucong.gov.vn",
        "https://gov.vn/",
        "https://hue.gov.vn/a?b=c#d",
        "HTTPS://VNEID.GOV.VN/x",
        "https://a.b.c.gov.vn/tep.pdf",
        "https://dichvucong.gov.vn/1.004194",
    ],
)
def test_official_addresses_are_allowed(url: str) -> None:
    """Hosts of the list and below them, over https, in any case."""
    assert allowed(url, _HOSTS)


@pytest.mark.parametrize(
    "url",
    [
        "http://dichvucong.gov.vn", "https://gov.vn.evil.com", "https://evilgov.vn", "https://evil.com/gov.vn",
        "https://evil.com?gov.vn", "https://evil.com#.gov.vn",
        "https://gov.vn@evil.com", "https://user@gov.vn", "https://gov.vn:8443", "ftp://gov.vn", "javascript:alert(1)//gov.vn",
        "gov.vn", "", "https://", "https://[::1",
        "https://gov.vn:x", "//gov.vn", "tg://resolve?domain=gov.vn", "https://192.168.1.1/gov.vn",
    ],
)  # fmt: skip
def test_other_addresses_are_refused(url: str) -> None:
    """Other hosts, look-alikes, ports, user names and schemes."""
    assert not allowed(url, _HOSTS)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.com\\.gov.vn/",
        "https://evil.com%2f.gov.vn/",
        "https://.gov.vn/",
        "https://evil.com;.gov.vn/",
        "https://evil.com,gov.gov.vn/",
    ],
)
def test_hosts_with_signs_no_host_has_are_refused(url: str) -> None:
    """A browser takes the backslash for a slash and goes to evil.com."""
    assert not allowed(url, _HOSTS)


@given(st.text(max_size=60))
def test_any_text_can_be_judged(text: str) -> None:
    """Judging an address never fails, whatever it is."""
    assert allowed("https://" + text, ()) is False
    assert allowed(text, _HOSTS) in {True, False}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Vào https://dichvucong.gov.vn.", "Vào https://dichvucong.gov.vn."),
        ("(https://vneid.gov.vn/tai-ve)", "(https://vneid.gov.vn/tai-ve)"),
        ("Bấm https://evil.com/x.apk ngay", f"Bấm {LINK_REMOVED} ngay"),
        ("Bấm HTTP://EVIL.COM", f"Bấm {LINK_REMOVED}"),
        ("www.evil.com và https://hue.gov.vn", f"{LINK_REMOVED} và https://hue.gov.vn"),
        ("Vào dichvucong.gov.vn hoặc ứng dụng VNeID.", "Vào dichvucong.gov.vn hoặc ứng dụng VNeID."),
        ("Không có đường dẫn", "Không có đường dẫn"),
    ],
)
def test_foreign_links_are_cut_from_the_text(text: str, expected: str) -> None:
    """The rest of the sentence stays."""
    assert only_allowed_links(Reply(text), _HOSTS).text == expected


@pytest.mark.parametrize(
    "text",
    [
        "Bấm bit.ly/vneid2 ngay",
        "Kết bạn zalo.me/0905",
        "Tải vneid-moi.com/tai.apk",
        "Vào t.me/hotro",
        "xem tg://resolve?domain=x",
    ],
)
def test_foreign_links_without_a_scheme_are_cut(text: str) -> None:
    """Messengers make a link of every bare host name."""
    assert LINK_REMOVED in only_allowed_links(Reply(text), _HOSTS).text


def test_foreign_sources_keep_their_title_only() -> None:
    """What an answer rests on is still named."""
    footer = Footer(
        (Link("Cổng", "https://dichvucong.gov.vn/"), Link("Báo", "https://bao.com/x"), Link("Luật")),
        ("123/2015/NĐ-CP",),
        "2026-01-01",
    )
    cut = only_allowed_links(Reply("Xong", (), footer), _HOSTS).footer
    assert cut is not None
    assert cut.sources == (Link("Cổng", "https://dichvucong.gov.vn/"), Link("Báo"), Link("Luật"))
    assert (cut.legal_basis, cut.verified_on) == (footer.legal_basis, footer.verified_on)


def test_foreign_links_are_cut_from_everything_a_citizen_reads() -> None:
    """Notes, legal basis, titles and button labels are text too."""
    evil = "https://evil.com/x"
    footer = Footer((Link(f"Nguồn {evil}", "https://hue.gov.vn"),), (f"Luật {evil}",), "2026-01-01", (f"Hỏi {evil}",))
    assert "evil.com" not in str(only_allowed_links(Reply("Xong", (Choice("m", f"Xem {evil}"),), footer), _HOSTS).as_dict())


def test_choices_stay() -> None:
    """Cutting links does not cost the buttons."""
    choices = (Choice("m", "Chủ đề khác"),)
    assert only_allowed_links(Reply("https://evil.com", choices), _HOSTS).choices == choices
