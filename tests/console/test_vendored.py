"""What was taken from packages is complete, licensed, and no more than is used."""

from __future__ import annotations

import re
import runpy

from bot.settings import ROOT

_STATIC = ROOT / "bot" / "console" / "static"
_SCRIPT = runpy.run_path(str(ROOT / "scripts" / "vendor.py"))


def test_sprite_holds_the_icons_in_use() -> None:
    """No other, and none is missing. To renew: python3 scripts/vendor.py."""
    sprite = (_STATIC / "vendor" / "icons.svg").read_text(encoding="utf-8")
    used = _SCRIPT["used_icons"]()
    assert len(used) > 10
    assert re.findall(r'<symbol id="([^"]+)"', sprite) == used


def test_versions_and_licences_lie_beside_the_files() -> None:
    """Each package by name and version, each with its licence."""
    versions = (_STATIC / "vendor" / "VERSIONS.txt").read_text(encoding="utf-8").split("\n")
    assert versions == [*(f"{name} {version}" for name, version in _SCRIPT["PACKAGES"].items()), ""]
    for name in ("LICENSE-htmx.txt", "LICENSE-tabler.txt", "LICENSE-tabler-icons.txt"):
        assert len((_STATIC / "vendor" / name).read_text(encoding="utf-8")) > 500


def test_style_sheets_load_nothing_from_elsewhere() -> None:
    """Every address in them is a picture written out in place."""
    for path in _STATIC.rglob("*.css"):
        found = re.findall(r"url\(\s*[\"']?([^)\"']{0,30})|@import\s+(.{0,30})", path.read_text(encoding="utf-8"))
        assert [address for address, other in found if other or not address.startswith("data:image/svg+xml")] == [], path.name
