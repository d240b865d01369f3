"""Second factors in the database: sealed, each for its account, also those from before; and how the key is changed."""

from __future__ import annotations

import stat
from pathlib import Path

import pyotp
import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, select, text, update

from bot.sealing import Seal, key_lines
from bot.services.second_factor import SecondFactor
from core.errors import ConfigurationError
from core.staff import Role
from core.storage import accounts
from core.storage.database import Database, alembic_config
from core.storage.staff_models import Staff, StaffSession
from tests.console.office import Office

_OLD, _NEW = SecondFactor(Seal("old key", "t")), SecondFactor(Seal("new key", "t", ("old key",)))
_SECRET = pyotp.random_base32()


async def _hire(database: Database, kept: str | None = None, username: str = "lan") -> Staff:
    async with database.session.begin() as session:
        account = await accounts.add(session, username, username, username, Role.STAFF)
        account.totp_sealed = kept
    return account


async def _kept(database: Database, username: str = "lan") -> Staff:
    async with database.session() as session:
        return await accounts.get(session, username)


async def test_nothing_readable_is_kept_while_it_is_set_up_and_afterwards(office: Office) -> None:
    """Neither in the session nor in the account."""
    await office.hire("lan")
    async with office.desk("lan") as desk:
        page = (await desk.get("/canbo/bao-mat-hai-lop")).text
        secret = page.partition('class="secret">')[2].partition("<")[0].replace(" ", "")
        assert len(secret) == 32
        assert secret in (await desk.get("/canbo/bao-mat-hai-lop")).text.replace(" ", "")  # reloaded: the same one

        async def everything() -> str:
            async with office.database.session() as session:
                rows = [(await session.execute(select(table.__table__))).all() for table in (Staff, StaffSession)]
            return str(rows)

        assert secret not in await everything()
        assert (await desk.post("/canbo/bao-mat-hai-lop", {"ma": pyotp.TOTP(secret).now()})).status == 200
        assert secret not in await everything()
    office.secrets["lan"] = secret
    async with office.desk("lan") as desk:
        assert "/canbo/" in (await desk.get("/canbo/ca-nhan")).text


async def test_secret_of_one_account_is_none_of_another(database: Database) -> None:
    """Who can write to the database cannot give an administrator a second factor they know."""
    account = await _hire(database)
    mine, theirs = _OLD.sealed(account.id, _SECRET), _OLD.sealed(account.id + 1, _SECRET)
    code = pyotp.TOTP(_SECRET).now()
    for kept, expected in ((theirs, None), (mine, "totp")):
        async with database.session.begin() as session:
            found = await session.get_one(Staff, account.id)
            found.totp_sealed = kept
            await session.flush()
            assert await _OLD.confirm(session, found, code) == expected


async def test_start_seals_clear_text_and_what_an_older_key_sealed(database: Database) -> None:
    """Afterwards the old key is not needed any more."""
    first, second = await _hire(database, _SECRET), await _hire(database, None, "mai")
    async with database.session.begin() as session:
        sealed = _OLD.sealed(second.id, _SECRET)
        await session.execute(update(Staff).where(Staff.id == second.id).values(totp_sealed=sealed))
    assert await _NEW.seal_all(database) == 0
    alone = SecondFactor(Seal("new key", "t"))
    for account in (first, second):
        kept = (await _kept(database, account.username)).totp_sealed
        assert kept
        assert alone.secret(account.id, kept) == _SECRET
        assert _OLD.secret(account.id, kept) is None
    assert await _NEW.seal_all(database) == 0
    assert (await _kept(database)).totp_sealed is not None


async def test_lost_key_is_counted_and_recovery_codes_still_open(database: Database) -> None:
    """Nothing is overwritten: the key may be found again."""
    account = await _hire(database)
    async with database.session.begin() as session:
        found = await session.get_one(Staff, account.id)
        found.totp_sealed = _OLD.sealed(account.id, _SECRET)
        codes = await accounts.new_recovery_codes(session, found)
    stranger = SecondFactor(Seal("another key", "t"))
    before = (await _kept(database)).totp_sealed
    assert await stranger.seal_all(database) == 1
    assert (await _kept(database)).totp_sealed == before
    async with database.session.begin() as session:
        found = await session.get_one(Staff, account.id)
        assert await stranger.confirm(session, found, pyotp.TOTP(_SECRET).now()) is None
        assert await stranger.confirm(session, found, codes[0]) == "recovery"


async def _to_before(database: Database) -> None:
    """The schema as it was before secrets were sealed."""
    before = ScriptDirectory.from_config(alembic_config()).get_revision("0013").down_revision

    def run(connection: Connection) -> None:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, str(before))

    async with database.engine.begin() as connection:
        await connection.run_sync(run)


async def test_migration_keeps_second_factors_of_before(database: Database) -> None:
    """Signed in the day before, signed in the day after; sealed ones cannot be taken back, and are set up anew."""
    insert = text(
        "INSERT INTO staff (username, full_name, display_name, role, wards, totp_secret, totp_step, created_at) "
        "VALUES ('lan', 'Lan', 'Lan', 'nhan_vien', '[]', :secret, 0, '2026-11-01 00:00:00+00:00')"
    )
    await _to_before(database)
    async with database.engine.begin() as connection:
        await connection.execute(insert, {"secret": _SECRET})
    await database.migrate()
    assert (await _kept(database)).totp_sealed == _SECRET
    assert await _NEW.seal_all(database) == 0
    account = await _kept(database)
    assert account.totp_sealed
    assert _NEW.secret(account.id, account.totp_sealed) == _SECRET
    await _to_before(database)
    async with database.engine.connect() as connection:
        assert (await connection.execute(text("SELECT totp_secret FROM staff"))).all() == [(None,)]


def test_key_file_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    """And read with its newest key first."""
    path = tmp_path / "var" / "keys.txt"
    made = key_lines(path)
    assert key_lines(path) == made
    assert len(made[0]) == 64
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [found.name for found in path.parent.iterdir()] == ["keys.txt"]
    path.write_text(f"{'n' * 40}\n\n{made[0]}\n")
    assert key_lines(path) == ("n" * 40, made[0])


@pytest.mark.parametrize(
    "content", [b"", b"short\n", b"\xff\xfe", "kh\u00f3a".encode() * 20], ids=["empty", "short", "binary", "accents"]
)
def test_key_file_that_cannot_be_used_stops_the_start(tmp_path: Path, content: bytes) -> None:
    """By the name of the setting, without the key."""
    path = tmp_path / "keys.txt"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match="TROLY_KEY_FILE") as raised:
        key_lines(path)
    assert "short" not in str(raised.value)
