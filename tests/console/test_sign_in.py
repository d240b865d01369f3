"""Signing in: who is let in, who is not, and what a guesser learns (nothing)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from sqlalchemy import select, update

from bot.services.sign_in import first_link
from core.staff import Role
from core.storage import accounts, attempts, sessions
from core.storage.database import Database
from core.storage.staff_models import RecoveryCode, SignInAttempts, Staff, StaffLink, StaffSession
from tests.console.office import PASSWORD, Office, link_in

_WRONG = "Tên đăng nhập hoặc mật khẩu không đúng."
_LOCKED = "tạm khóa"


async def _age(office: Office, **values: object) -> None:
    """Change every session at once, as time would."""
    async with office.database.session.begin() as session:
        await session.execute(update(StaffSession).values(**values))


async def _unlock(office: Office) -> None:
    """Let the waiting time pass."""
    async with office.database.session.begin() as session:
        await session.execute(update(SignInAttempts).values(locked_until=datetime.now(UTC) - timedelta(seconds=1)))


async def test_right_password_opens_the_console(staffed: Office) -> None:
    """And leads on to where one wanted to go."""
    async with staffed.desk() as desk:
        asked = await desk.get("/canbo/ca-nhan?x=1")
        assert asked.to == "/canbo/dang-nhap?tiep=%2Fcanbo%2Fca-nhan%3Fx%3D1"
        page = await desk.get(asked.to)
        assert 'name="tiep" value="/canbo/ca-nhan?x=1"' in page.text
        answer = await desk.post("/canbo/dang-nhap", {"ten": " NHAN_VIEN", "mat_khau": PASSWORD, "tiep": "/canbo/ca-nhan?x=1"})
        assert (answer.status, answer.to) == (303, "/canbo/ca-nhan?x=1")
        assert (await desk.get("/canbo/ca-nhan")).status == 200


async def test_composed_and_decomposed_letters_are_the_same_password(staffed: Office) -> None:
    """Phones and computers type accents differently."""
    import unicodedata

    async with staffed.desk() as desk:
        assert (await desk.sign_in("nhan_vien", unicodedata.normalize("NFD", PASSWORD))).status == 303


@pytest.mark.parametrize(("name", "password"), [("nhan_vien", "sai"), ("khong_co", PASSWORD), ("", ""), ("x" * 500, "y" * 5000)])
async def test_wrong_name_and_wrong_password_read_the_same(staffed: Office, name: str, password: str) -> None:
    """The answer does not tell which accounts exist."""
    async with staffed.desk() as desk:
        answer = await desk.sign_in(name, password)
        assert (answer.status, _WRONG in answer.text, desk.cookie) == (422, True, None)


async def test_disabled_account_is_out_at_once(staffed: Office) -> None:
    """Its open sessions end with the click, and its password is wrong."""
    async with staffed.desk("nhan_vien") as desk, staffed.desk("quan_tri") as admin:
        account = await staffed.account("nhan_vien")
        done = await admin.post(f"/canbo/nhan-su/{account.id}/khoa", form=f"/canbo/nhan-su/{account.id}")
        assert done.to == f"/canbo/nhan-su/{account.id}?xong=khoa"
        assert (await desk.get("/canbo/")).to.startswith("/canbo/dang-nhap")
        assert _WRONG in (await desk.sign_in("nhan_vien")).text


async def test_token_changes_with_every_step(staffed: Office) -> None:
    """A token somebody planted before is worth nothing after: no session fixation."""
    planted = "A" * 43
    async with staffed.desk() as desk:
        desk.take_cookie(planted)
        await desk.sign_in("quan_tri")
        half = desk.cookie
        await desk.post("/canbo/ma-xac-thuc", {"ma": pyotp.TOTP(staffed.secrets["quan_tri"]).now()})
        assert len({planted, half, desk.cookie}) == 3
        assert (await desk.get("/canbo/")).status == 200
        for old in (planted, str(half)):
            async with staffed.desk() as other:
                other.take_cookie(old)
                assert (await other.get("/canbo/")).to.startswith("/canbo/dang-nhap")


async def test_database_holds_no_usable_secret(staffed: Office) -> None:
    """Neither the cookie nor the link nor the password."""
    from tests.storage.making import everything_stored

    async with staffed.desk("nhan_vien") as desk:
        account = await staffed.account("nhan_vien")
        async with staffed.database.session.begin() as session:
            link = await accounts.make_link(session, account)
            codes = await accounts.new_recovery_codes(session, account)
        stored = await everything_stored(staffed.database)
        assert desk.cookie
        assert [secret for secret in (desk.cookie, link, PASSWORD, *codes) if secret in stored] == []
        assert "$argon2id$" in stored


async def test_session_ends_when_idle_and_after_a_day_of_work(staffed: Office) -> None:
    """An hour without a request; twelve hours in any case."""
    now = datetime.now(UTC)
    async with staffed.desk("nhan_vien") as desk:
        await _age(staffed, seen_at=now - sessions.IDLE + timedelta(minutes=1))
        assert (await desk.get("/canbo/")).status == 200
        async with staffed.database.session() as session:
            seen = (await session.scalars(select(StaffSession.seen_at))).one()
        assert seen >= now - timedelta(seconds=5), "a request counts as use"
        await _age(staffed, seen_at=now - sessions.IDLE - timedelta(seconds=1))
        assert (await desk.get("/canbo/")).status == 303
        await _age(staffed, seen_at=now, expires_at=now - timedelta(seconds=1))
        assert (await desk.get("/canbo/")).status == 303


async def test_signing_out_ends_the_session_in_the_database(staffed: Office) -> None:
    """A copy of the cookie is worth nothing afterwards."""
    async with staffed.desk("nhan_vien") as desk, staffed.desk() as thief:
        thief.take_cookie(str(desk.cookie))
        assert (await thief.get("/canbo/")).status == 200
        assert (await desk.post("/canbo/dang-xuat", form="/canbo/")).to == "/canbo/dang-nhap?xong=dang-xuat"
        assert (await thief.get("/canbo/")).status == 303
        assert desk.cookie is None


async def test_guessing_one_account_is_locked_out_with_growing_waits(staffed: Office) -> None:
    """After five wrong passwords the right one is refused, too; each further one doubles the wait."""
    async with staffed.desk() as desk:
        answers = [(await desk.sign_in("nhan_vien", f"sai {n}")).text for n in range(5)]
        assert [_LOCKED in text for text in answers] == [False] * 5
        assert "sau 1 phút" in (await desk.sign_in("nhan_vien")).text
        await _unlock(staffed)
        await desk.sign_in("nhan_vien", "sai")
        assert "sau 2 phút" in (await desk.sign_in("nhan_vien")).text
        await _unlock(staffed)
        assert (await desk.sign_in("nhan_vien")).status == 303


async def test_unknown_account_is_locked_out_alike(staffed: Office) -> None:
    """A guesser does not learn from the lock which names exist."""
    async with staffed.desk() as desk:
        answers = [(await desk.sign_in("khong_co", "sai")).text for _ in range(6)]
        assert [_LOCKED in text for text in answers] == [False] * 5 + [True]


async def test_guessing_many_accounts_from_one_address_is_locked_out(staffed: Office) -> None:
    """And one's own right password between does not buy more attempts."""
    async with staffed.desk() as desk:
        refused = 0
        for n in range(attempts.ADDRESS.free + 5):
            if n % 5 == 0:
                await desk.sign_in("nhan_vien")
                await desk.post("/canbo/dang-xuat", form="/canbo/")
            refused += _LOCKED in (await desk.sign_in(f"nguoi{n}", "sai")).text
        assert refused >= 5


async def test_hundred_guesses_at_once_are_five(database: Database) -> None:
    """Attempts are counted before the password is looked at, on both databases."""

    async def attempt() -> bool:
        async with database.session.begin() as session:
            return await attempts.reserve(session, attempts.ACCOUNT, "lan") is None

    allowed = await asyncio.gather(*(attempt() for _ in range(100)))
    assert sum(allowed) == attempts.ACCOUNT.free


async def test_second_factor_takes_a_code_once(staffed: Office) -> None:
    """Who looked over the shoulder comes too late, even within the half minute."""
    code = pyotp.TOTP(staffed.secrets["quan_tri"]).now()
    async with staffed.desk() as desk, staffed.desk() as other:
        await desk.sign_in("quan_tri")
        await other.sign_in("quan_tri")
        assert (await desk.post("/canbo/ma-xac-thuc", {"ma": f"{code[:3]} {code[3:]}"})).status == 303
        assert (await other.post("/canbo/ma-xac-thuc", {"ma": code})).status == 422


async def test_second_factor_cannot_be_guessed(staffed: Office) -> None:
    """Wrong codes lock out like wrong passwords, whatever session they come from."""
    async with staffed.desk() as desk:
        for n in range(5):
            await desk.sign_in("quan_tri")
            assert _LOCKED not in (await desk.post("/canbo/ma-xac-thuc", {"ma": f"00000{n}"})).text
        await desk.sign_in("quan_tri")
        code = pyotp.TOTP(staffed.secrets["quan_tri"]).now()
        assert _LOCKED in (await desk.post("/canbo/ma-xac-thuc", {"ma": code})).text


async def test_recovery_code_opens_once(staffed: Office) -> None:
    """However it is typed."""
    account = await staffed.account("quan_tri")
    async with staffed.database.session.begin() as session:
        code = (await accounts.new_recovery_codes(session, account))[0]
    for expected in (303, 422):
        async with staffed.desk() as desk:
            await desk.sign_in("quan_tri")
            answer = await desk.post("/canbo/ma-xac-thuc", {"ma": f" {code.upper().replace('-', ' ')} "})
            assert answer.status == expected
    async with staffed.database.session() as session:
        used = list(await session.scalars(select(RecoveryCode.used_at)))
    assert len([moment for moment in used if moment]) == 1


async def test_set_up_link_works_once_and_signs_in(staffed: Office) -> None:
    """Looking at it, as a chat's preview does, does not use it up."""
    async with staffed.desk("quan_tri") as admin, staffed.desk() as desk, staffed.desk() as late:
        fields = {"ten": "moi", "ho_ten": "Người Mới", "vai_tro": "nhan_vien", "pham_vi": "thanh_pho"}
        link = link_in((await admin.post("/canbo/nhan-su/them", fields)).text)
        for _ in range(3):
            assert (await desk.get(link)).status == 200
        short = await desk.post(link, {"mat_khau": "ngắn", "mat_khau_2": "ngắn"})
        assert (short.status, "ít nhất 12" in short.text) == (422, True)
        assert (await desk.post(link, {"mat_khau": "matkhau123456", "mat_khau_2": "matkhau123456"})).status == 422
        assert (await desk.post(link, {"mat_khau": PASSWORD, "mat_khau_2": PASSWORD})).to == "/canbo/"
        assert "Người Mới" in (await desk.get("/canbo/")).text
        assert (await late.get(link)).status == 410
        assert (await late.post(link, {"mat_khau": PASSWORD, "mat_khau_2": PASSWORD}, form="/canbo/dang-nhap")).status == 410


async def test_two_uses_of_a_link_at_once_give_one(database: Database) -> None:
    """Whoever is second is told so."""
    async with database.session.begin() as session:
        account = await accounts.add(session, "lan", "Lan", "Lan", Role.STAFF)
        token = await accounts.make_link(session, account)

    async def take() -> bool:
        async with database.session.begin() as session:
            return await accounts.take_link(session, token)

    assert sum(await asyncio.gather(*(take() for _ in range(20)))) == 1


async def test_old_and_replaced_links_are_void(staffed: Office) -> None:
    """After their time, after a newer one, and when the account is disabled."""
    async with staffed.database.session.begin() as session:
        account = await accounts.get(session, "nhan_vien")
        first = await accounts.make_link(session, account)
        second = await accounts.make_link(session, account)
        assert (await accounts.find_link(session, first))[0] is False
        assert (await accounts.find_link(session, second))[0] is True
        await session.execute(update(StaffLink).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
        assert (await accounts.find_link(session, second))[0] is False
        third = await accounts.make_link(session, account)
        await accounts.disable(session, account)
        assert (await accounts.find_link(session, third))[0] is False


async def test_first_start_prints_a_link_that_makes_the_administrator(office: Office) -> None:
    """It replaces the link of an earlier start, sets up the second factor first, and there is no second one."""
    old = await first_link(office.database, office.address)
    link = (await first_link(office.database, office.address) or "").removeprefix(office.address)
    assert old
    async with office.desk() as desk:
        assert (await desk.get(old.removeprefix(office.address))).status == 410
        fields = {"ten": "Lan.Tran", "ho_ten": "Trần Thị Lan", "mat_khau": PASSWORD, "mat_khau_2": PASSWORD}
        assert (await desk.post(link, fields)).to == "/canbo/"
        assert (await desk.get("/canbo/")).to == "/canbo/bao-mat-hai-lop"
        page = await desk.get("/canbo/bao-mat-hai-lop")
        secret = page.text.partition('class="secret">')[2].partition("<")[0].replace(" ", "")
        assert (await desk.post("/canbo/bao-mat-hai-lop", {"ma": "000000"})).status == 422
        done = await desk.post("/canbo/bao-mat-hai-lop", {"ma": pyotp.TOTP(secret).now()})
        assert (done.status, done.text.count("<li><code>")) == (200, 10)
        assert (await desk.get("/canbo/nhan-su")).status == 200
    assert await first_link(office.database, office.address) is None


async def test_new_password_ends_sessions_elsewhere(staffed: Office) -> None:
    """But not this one; the old password is wrong from now on."""
    new = "con đò qua sông Hương"
    async with staffed.desk("nhan_vien") as desk, staffed.desk("nhan_vien") as elsewhere:
        fields = {"hien_tai": "sai", "mat_khau": new, "mat_khau_2": new}
        assert (await desk.post("/canbo/doi-mat-khau", fields)).status == 422
        done = await desk.post("/canbo/doi-mat-khau", fields | {"hien_tai": PASSWORD})
        assert done.to == "/canbo/ca-nhan?xong=mat-khau"
        assert (await desk.get("/canbo/")).status == 200
        assert (await elsewhere.get("/canbo/")).status == 303
        assert (await elsewhere.sign_in("nhan_vien")).status == 422
        assert (await elsewhere.sign_in("nhan_vien", new)).status == 303


async def test_signing_in_is_in_the_audit_log(staffed: Office) -> None:
    """Right and wrong, without the password."""
    async with staffed.desk() as desk:
        await desk.sign_in("nhan_vien", "sai")
        await desk.sign_in("nhan_vien")
    async with staffed.desk("quan_tri") as admin:
        page = (await admin.get("/canbo/nhat-ky?ai=nhan_vien")).text
    assert "Sai mật khẩu" in page
    assert "127.0.0.1" in page
    assert PASSWORD not in page


async def test_there_is_always_an_administrator(staffed: Office) -> None:
    """The last one can neither be disabled nor be given another role."""
    async with staffed.desk("quan_tri") as admin:
        me = await staffed.account("quan_tri")
        answer = await admin.post(f"/canbo/nhan-su/{me.id}/khoa", form=f"/canbo/nhan-su/{me.id}")
        assert (answer.status, "cuối cùng" in answer.text) == (422, True)
        fields = {"ho_ten": "Lan", "vai_tro": "nhan_vien", "pham_vi": "thanh_pho"}
        assert (await admin.post(f"/canbo/nhan-su/{me.id}", fields)).status == 422
    async with staffed.database.session() as session:
        assert (await session.get_one(Staff, me.id)).role == Role.ADMIN
