"""Searching cases by words, whatever the accents: FTS5 on SQLite, a tsvector with a GIN index on PostgreSQL.

The table ``case_search`` is made by migration 0008, of another kind on each database, and so is no model. It holds the
folded, masked words of a case: its code, what the citizen wrote and was told, the guide, the ward.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlalchemy import Select, bindparam, column, delete, insert, literal_column, select, table, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.storage.models import Case
from core.text import fold

__all__ = ["drop_words", "keep_words", "matching"]

_MOST_CHARS = 20_000
_WORD = re.compile(r"[a-z0-9]+")
_SQLITE = table("case_search", column("rowid"), column("words"))
_POSTGRESQL = table("case_search", column("case_id"), column("words"))


def _folded(parts: Iterable[str | None]) -> str:
    return " ".join(_WORD.findall(fold(" ".join(part for part in parts if part))))[:_MOST_CHARS]


async def keep_words(session: AsyncSession, case_id: int, parts: Iterable[str | None]) -> None:
    """Make a case findable by the words of `parts`, and by no others from before."""
    await drop_words(session, [case_id])
    words = _folded(parts)
    if session.get_bind().dialect.name == "sqlite":
        await session.execute(insert(_SQLITE).values(rowid=case_id, words=words))
    else:
        statement = text("INSERT INTO case_search (case_id, words) VALUES (:case, to_tsvector('simple', :words))")
        await session.execute(statement, {"case": case_id, "words": words})


async def drop_words(session: AsyncSession, case_ids: list[int]) -> None:
    """Make cases unfindable."""
    if session.get_bind().dialect.name == "sqlite":
        await session.execute(delete(_SQLITE).where(_SQLITE.c.rowid.in_(case_ids)))
    else:
        await session.execute(delete(_POSTGRESQL).where(_POSTGRESQL.c.case_id.in_(case_ids)))


def matching(dialect: str, typed: str) -> Select[tuple[int]] | None:
    """Ids of cases with all words typed, the last one perhaps only begun; None when nothing was typed.

    Args:
        dialect: ``sqlite`` or ``postgresql``.
        typed: What somebody searches for, with or without accents.
    """
    words = _WORD.findall(fold(typed))[:8]
    if not words:
        return None
    if dialect == "sqlite":
        asked = " ".join([f'"{word}"' for word in words[:-1]] + [f'"{words[-1]}"*'])
        condition = text("case_search MATCH :asked").bindparams(bindparam("asked", asked))
        return select(literal_column("rowid", Case.id.type)).select_from(_SQLITE).where(condition)
    asked = " & ".join([*words[:-1], f"{words[-1]}:*"])
    condition = text("case_search.words @@ to_tsquery('simple', :asked)").bindparams(bindparam("asked", asked))
    return select(literal_column("case_id", Case.id.type)).select_from(_POSTGRESQL).where(condition)
