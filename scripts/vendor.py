"""Renew what the console's pages take from npm packages: ``python3 scripts/vendor.py`` (needs npm; nothing else does).

Files land in ``bot/console/static/vendor/`` with their licences. Icons become one sprite that holds those the pages use and
no other: run this after using a new one. A newer version: change `PACKAGES`, run, look at the pages.
"""

from __future__ import annotations

import re
import subprocess
import tarfile
import tempfile
from pathlib import Path

CONSOLE = Path(__file__).resolve().parents[1] / "bot" / "console"
VENDOR = CONSOLE / "static" / "vendor"

PACKAGES = {"@tabler/core": "1.6.1", "@tabler/icons": "3.51.0", "htmx.org": "4.0.1"}
FILES = {
    ("@tabler/core", "dist/css/tabler.min.css"): "tabler.min.css",
    ("@tabler/icons", "LICENSE"): "LICENSE-tabler-icons.txt",
    ("htmx.org", "dist/htmx.min.js"): "htmx.min.js",
    ("htmx.org", "dist/ext/hx-sse.min.js"): "hx-sse.min.js",
    ("htmx.org", "LICENSE"): "LICENSE-htmx.txt",
}
_ICON = re.compile(r"""\bicon\(\s*["']([a-z0-9-]+)["']|\bicon=["']([a-z0-9-]+)["']""")


def used_icons() -> list[str]:
    """Names of icons that templates (``icon("…")``) and routes (``icon="…"``) ask for."""
    sources = [path.read_text(encoding="utf-8") for path in [*CONSOLE.rglob("*.html"), *CONSOLE.rglob("*.py")]]
    return sorted({first or second for text in sources for first, second in _ICON.findall(text)})


def _unpack(package: str, version: str, folder: Path) -> Path:
    """The package's files, in a folder of its own."""
    command = ["npm", "pack", "--silent", "--pack-destination", str(folder), f"{package}@{version}"]
    name = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip().splitlines()[-1]  # noqa: S603  # fixed
    target = folder / package.replace("/", "-")
    with tarfile.open(folder / name) as packed:
        packed.extractall(target, filter="data")
    return target / "package"


def _sprite(icons: Path) -> str:
    symbols = []
    for name in used_icons():
        drawing = (icons / "icons" / "outline" / f"{name}.svg").read_text(encoding="utf-8")
        inside = drawing[drawing.index(">", drawing.index("<svg")) + 1 : drawing.rindex("</svg>")]
        inside = re.sub(r'\s*<path stroke="none" d="M0 0h24v24H0z" fill="none" />', "", inside)
        symbols.append(f'  <symbol id="{name}" viewBox="0 0 24 24">{" ".join(inside.split())}</symbol>\n')
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{"".join(symbols)}</svg>\n'


def main() -> None:
    """Fetch, unpack, write."""
    VENDOR.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        unpacked = {name: _unpack(name, version, Path(temporary)) for name, version in PACKAGES.items()}
        for (package, source), target in FILES.items():
            (VENDOR / target).write_bytes((unpacked[package] / source).read_bytes())
        (VENDOR / "icons.svg").write_text(_sprite(unpacked["@tabler/icons"]), encoding="utf-8")
    # The package of the style sheet carries its licence (MIT) in the first lines of the file only.
    header = (VENDOR / "tabler.min.css").read_text(encoding="utf-8")[:600]
    owners = "\n".join(line.strip(" *") for line in header.splitlines() if "Copyright" in line)
    terms = (VENDOR / "LICENSE-tabler-icons.txt").read_text(encoding="utf-8")
    permission = terms[terms.index("Permission is hereby granted") :]
    (VENDOR / "LICENSE-tabler.txt").write_text(f"MIT License\n\n{owners}\n\n{permission}", encoding="utf-8")
    versions = "".join(f"{name} {version}\n" for name, version in PACKAGES.items())
    (VENDOR / "VERSIONS.txt").write_text(versions, encoding="utf-8")


if __name__ == "__main__":
    main()
