"""Importing: all or nothing, the same file twice changes nothing, and a part of a file withdraws nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.errors import ContentError
from core.storage.catalogue import Change, history, import_records, load_catalogue
from core.storage.database import Database
from core.storage.models import CatalogueChange, CatalogueProcedure
from tests.catalogue.making import import_all, lines, raw, record, stored


async def _codes(database: Database) -> list[str]:
    async with database.session() as session:
        return [entry.code for entry in (await load_catalogue(session)).entries]


async def _history(database: Database, code: str) -> list[Change]:
    async with database.session() as session:
        return await history(session, code)


async def test_first_import_adds_everything(database: Database) -> None:
    """What is loaded is what was in the file."""
    seen: list[int] = []
    report = await import_all(database, [raw(2), raw(1, is_ward=True, level="Cấp xã")], progress=lambda: seen.append(1))
    assert (report.added, report.changed, report.unchanged, report.withdrawn, report.restored) == (2, 0, 0, 0, 0)
    assert len(seen) == 2
    async with database.session() as session:
        catalogue = await load_catalogue(session)
    assert [entry.code for entry in catalogue.entries] == ["8.000001", "8.000002"]
    first = catalogue.entries[0]
    assert (first.name, first.level, first.is_ward, first.is_province) == ("Thủ tục mượn ghế số 1", "Cấp xã", True, False)
    assert catalogue.record("8.000002") == record(n=2)
    assert str(catalogue.as_of) == "2026-05-01"


async def test_same_file_again_changes_nothing(database: Database) -> None:
    """Not a row, not a time."""
    await import_all(database, [raw(1), raw(2)])
    before = await stored(database)
    report = await import_all(database, [raw(2) | {"portal_uuid": "new"}, raw(1)])
    assert (report.unchanged, report.added, report.changed) == (2, 0, 0)
    assert await stored(database) == before


async def test_changed_record_keeps_what_it_was(database: Database) -> None:
    """The history tells which fields changed, each time."""
    await import_all(database, [raw(1), raw(2)])
    await import_all(database, [raw(1, results=["Ghế"]), raw(2)])
    report = await import_all(database, [raw(1, results=["Ghế"], sector="Đồ dùng", updated_at="2026-06-01"), raw(2)])
    assert (report.changed, report.unchanged) == (1, 1)
    told = await _history(database, "8.000001")
    assert [change.kind for change in told] == ["added", "changed", "changed"]
    assert [set(change.fields) for change in told] == [set(), {"results"}, {"sector", "updated_at"}]
    assert await _history(database, "8.000009") == []


async def test_missing_record_is_withdrawn_and_can_come_back(database: Database) -> None:
    """It stays stored, and is found again when a later file has it."""
    ten = [raw(n) for n in range(1, 11)]
    await import_all(database, ten)
    assert (await import_all(database, ten[:8])).withdrawn == 2
    assert len(await _codes(database)) == 8
    assert (await import_all(database, ten[:8])).withdrawn == 0
    report = await import_all(database, [*ten[:9], raw(10, sector="Đồ dùng")])
    assert (report.restored, report.added, report.changed) == (2, 0, 0)
    assert len(await _codes(database)) == 10
    told = await _history(database, "8.000010")
    assert [change.kind for change in told] == ["added", "withdrawn", "restored"]
    assert told[-1].fields == ("sector",)
    assert (await _history(database, "8.000009"))[-1].fields == ()


async def test_bad_lines_are_listed_and_skipped(database: Database) -> None:
    """With number and reason; the others are imported."""
    report = await import_all(database, ["{broken", raw(1), raw(2) | {"name": ""}, raw(1), b"\xff\xfe", raw(3) | {"code": "1.2"}])
    assert report.added == 1
    assert [number for number, _ in report.skipped] == [1, 3, 4, 5, 6]
    reasons = dict(report.skipped)
    assert "JSON" in reasons[1]
    assert "name" in reasons[3]
    assert "already on line 2" in reasons[4]
    assert "code" in reasons[6]
    assert await _codes(database) == ["8.000001"]


async def test_procedure_on_a_bad_line_is_not_withdrawn(database: Database) -> None:
    """It is in the file, only unreadable; it stays as it was."""
    await import_all(database, [raw(1), raw(2), raw(3)])
    report = await import_all(database, [raw(1), raw(2) | {"name": None}, '{"code": "8.000003", "name": "cut o'])
    assert (report.withdrawn, len(report.skipped)) == (0, 2)
    assert await _codes(database) == ["8.000001", "8.000002", "8.000003"]


async def test_half_a_file_is_refused(database: Database) -> None:
    """A broken download must not empty the catalogue."""
    await import_all(database, [raw(n) for n in range(1, 11)])
    before = await stored(database)
    with pytest.raises(ContentError, match="--partial"):
        await import_all(database, [raw(n, sector="Mới") for n in range(1, 8)])
    assert await stored(database) == before


async def test_part_of_a_file_is_taken_when_asked_for(database: Database) -> None:
    """It adds and changes, and withdraws nothing."""
    await import_all(database, [raw(n) for n in range(1, 11)])
    report = await import_all(database, [raw(1, sector="Mới"), raw(11)], partial=True)
    assert (report.changed, report.added, report.withdrawn) == (1, 1, 0)
    assert len(await _codes(database)) == 11


@pytest.mark.parametrize("content", [[], ["{}", "x"]])
async def test_file_without_any_procedure_is_refused(database: Database, content: list[str]) -> None:
    """Also the first time, also as a part: it is the wrong file."""
    with pytest.raises(ContentError, match="no procedure"):
        await import_all(database, content, partial=True)


async def test_crash_while_reading_leaves_nothing(database: Database) -> None:
    """Nothing is written before all was read."""
    await import_all(database, [raw(1)])
    before = await stored(database)

    def torn() -> Iterator[tuple[int, bytes]]:
        yield from lines([raw(1, sector="Mới"), raw(2)])
        raise OSError("the disk went away")

    with pytest.raises(OSError, match="went away"):
        async with database.session.begin() as session:
            await import_records(session, torn())
    assert await stored(database) == before


async def test_crash_while_writing_leaves_nothing(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the changes were written and before the import is done."""
    import core.storage.catalogue as module

    await import_all(database, [raw(n) for n in range(1, 6)])
    before = await stored(database)
    real = module._note

    async def failing(session: object, codes: object, kind: str, *rest: object, **options: object) -> None:
        await real(session, codes, kind, *rest, **options)  # type: ignore[arg-type]  # passed on as given
        if kind == "added":
            raise RuntimeError("killed")

    monkeypatch.setattr(module, "_note", failing)
    with pytest.raises(RuntimeError, match="killed"):
        await import_all(database, [raw(1, sector="Mới"), raw(2), raw(3), raw(4), raw(9)])
    assert await stored(database) == before
    monkeypatch.undo()
    assert (await import_all(database, [raw(1, sector="Mới"), raw(2), raw(3), raw(4), raw(9)])).withdrawn == 1


async def test_import_of_more_than_one_batch_is_complete(database: Database) -> None:
    """Rows are written some hundreds at a time."""
    many = [raw(n) for n in range(1, 1203)]
    assert (await import_all(database, many)).added == 1202
    assert (await import_all(database, [item | {"sector": "Mới"} for item in many[:1100]])).changed == 1100
    assert len(await _codes(database)) == 1100
    async with database.session() as session:
        assert len((await load_catalogue(session)).entries) == 1100


async def test_hostile_text_is_stored_as_it_is(database: Database) -> None:
    """Quotes, statements, and characters no column can hold."""
    await import_all(
        database, [raw(1, sector="'; DROP TABLE catalogue_procedures; --\x00", promulgated_by="UBND tỉnh " + "A" * 90)]
    )
    async with database.session() as session:
        entry = (await load_catalogue(session)).entries[0]
    assert entry.sector == "'; DROP TABLE catalogue_procedures; --"
    assert len(entry.applies_to) <= 40


async def test_every_change_stands_beside_its_procedure(database: Database) -> None:
    """One row for each thing an import reports."""
    first = await import_all(database, [raw(n) for n in range(1, 11)])
    second = await import_all(database, [raw(1, sector="Mới"), *[raw(n) for n in range(2, 10)], raw(20)])
    rows = await stored(database)
    procedures = len(CatalogueProcedure.__table__.columns)
    changes = [row for row in rows if len(row) == len(CatalogueChange.__table__.columns) != procedures]
    assert len(changes) == first.added + second.added + second.changed + second.withdrawn == 13
