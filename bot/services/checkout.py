"""Commits of content, where the project is a git checkout."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import structlog

__all__ = ["commit"]

log = structlog.get_logger(__name__)

_SECONDS = 30
_NOBODY = ("-c", "user.name=Trợ lý dịch vụ công", "-c", "user.email=troly@localhost")


def commit(root: Path, paths: Sequence[str], message: str) -> str | None:
    """Commit these files and nothing else that may lie changed beside them.

    Args:
        root: The project's folder.
        paths: Below it; changed, added or removed.
        message: Of the commit.

    Returns:
        The commit's hash; None where `root` is no checkout, or git refused (which is logged, and changes nothing else).
    """
    git = shutil.which("git")
    if git is None or not (root / ".git").exists():
        return None
    author = () if _run(git, root, "config", "user.email").returncode == 0 else _NOBODY
    known = _run(git, root, "add", "--all", "--", *paths)
    done = _run(git, root, *author, "commit", "--quiet", "--message", message, "--", *paths)
    if known.returncode or done.returncode:
        log.warning("release.not_committed", error=(known.stderr + done.stderr)[-200:])
        return None
    return _run(git, root, "rev-parse", "HEAD").stdout.strip()


def _run(git: str, root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  # git itself, with paths of content files
        [git, "-C", str(root), *arguments], capture_output=True, text=True, check=False, timeout=_SECONDS
    )
