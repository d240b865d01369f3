"""Signing in: password, second factor, lock-out; and one-time links."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.passwords import Passwords, check_new
from bot.services.second_factor import SecondFactor
from core.errors import UserFacingError
from core.staff import Member, Role
from core.storage import accounts, attempts, audit, sessions
from core.storage.database import Database
from core.storage.staff_models import Staff

__all__ = ["FirstAdmin", "Locked", "SignIn", "WrongCredentials", "first_link"]


class WrongCredentials(UserFacingError):
    """Name, password or code is not right; which of them is not told."""


class Locked(UserFacingError):
    """Too many attempts; says how long to wait."""

    def __init__(self, wait: timedelta) -> None:
        minutes = max(1, -(-int(wait.total_seconds()) // 60))
        super().__init__(
            f"Đã thử sai nhiều lần nên tạm khóa. Hãy thử lại sau {minutes} phút, hoặc nhờ người quản trị cấp liên kết mới."
        )


@dataclass(frozen=True)
class FirstAdmin:
    """The account that the first link makes."""

    username: str
    full_name: str


class SignIn:
    """Everything that ends with a new session token.

    Args:
        database: Where accounts are.
        second_factor: How the second step is checked.
        passwords: How passwords are hashed.
    """

    def __init__(self, database: Database, second_factor: SecondFactor, passwords: Passwords | None = None) -> None:
        self._database = database
        self.second_factor = second_factor
        self.passwords = passwords or Passwords()

    async def with_password(self, username: str, password: str, address: str, old_token: str | None) -> str:
        """The first step.

        Raises:
            Locked: Too many attempts.
            WrongCredentials: There is no such account, it is disabled, or the password is another.
        """
        username = username.strip().lower()[:64]
        await self._reserve(username, address)
        async with self._database.session() as session:
            account = await accounts.find(session, username)
        usable = account is not None and account.disabled_at is None
        right = await self.passwords.matches(account.password if account else None, password)
        async with self._database.session.begin() as session:
            if not (usable and right and account):
                audit.record(session, username[:32] if account else "?", "sign_in.refused", None, {"address": address})
            else:
                account = await session.get_one(Staff, account.id)
                await _forgive(session, username, address)
                token = await sessions.begin(session, account, old_token)
                if account.totp_sealed is None:
                    audit.record(session, account.username, "sign_in", None, {"address": address})
                return token
        raise WrongCredentials("Tên đăng nhập hoặc mật khẩu không đúng.")

    async def with_code(self, member: Member, typed: str, address: str, old_token: str) -> str:
        """The second step: a code of the app, or a recovery code.

        Raises:
            Locked: Too many attempts.
            WrongCredentials: The code is wrong or was used.
        """
        await self._reserve(f"{member.username} code", address)
        async with self._database.session.begin() as session:
            account = await session.get_one(Staff, member.id)
            how = await self.second_factor.confirm(session, account, typed)
            if how is None:
                audit.record(session, member.username, "sign_in.code_refused", None, {"address": address})
            else:
                await _forgive(session, f"{member.username} code", address)
                audit.record(session, member.username, "sign_in", None, {"address": address, "by": how})
                return await sessions.begin(session, account, old_token, verified=True)
        raise WrongCredentials("Mã không đúng hoặc đã dùng. Hãy chờ ứng dụng hiện mã mới rồi thử lại.")

    async def with_link(
        self, token: str, password: str, first: FirstAdmin | None, address: str, old_token: str | None
    ) -> tuple[str, str]:
        """Set a password by a one-time link and sign in.

        Args:
            token: Of the link.
            password: The new one.
            first: The account to make, for the first link.
            address: Of the browser.
            old_token: The browser's session so far.

        Returns:
            The session token and the user name.

        Raises:
            UserFacingError: The link is used up or too old, or something entered cannot be used.
        """
        async with self._database.session() as session:
            usable, account = await accounts.find_link(session, token)
        username = account.username if account else first.username if first else ""
        if not usable or not username:
            raise UserFacingError("Liên kết này đã dùng hoặc đã hết hạn. Hãy nhờ người quản trị cấp liên kết mới.")
        check_new(password, username)
        hashed = await self.passwords.hash(password)
        async with self._database.session.begin() as session:
            if not await accounts.take_link(session, token):
                raise UserFacingError("Liên kết này vừa được dùng ở nơi khác. Hãy nhờ người quản trị cấp liên kết mới.")
            if account is None:
                assert first is not None  # checked with the user name
                account = await accounts.add(session, first.username, first.full_name, first.full_name, Role.ADMIN)
            else:
                account = await session.get_one(Staff, account.id)
            account.password = hashed
            await sessions.end_all(session, account.id)
            await attempts.forget(session, attempts.ACCOUNT, username, all_of_them=True)
            audit.record(session, username, "staff.password_set", f"staff:{username}", {"address": address, "by": "link"})
            return await sessions.begin(session, account, old_token), username

    async def change_password(self, member: Member, current: str, new: str, address: str, token: str) -> None:
        """Change one's own password; other places are signed out.

        Raises:
            Locked: Too many attempts.
            UserFacingError: The current password is wrong, or the new one cannot be used.
        """
        await self.check_password(member, current, address)
        check_new(new, member.username)
        hashed = await self.passwords.hash(new)
        async with self._database.session.begin() as session:
            (await session.get_one(Staff, member.id)).password = hashed
            await sessions.end_all(session, member.id, except_token=token)
            audit.record(session, member.username, "staff.password_set", f"staff:{member.username}", {"address": address})

    async def check_password(self, member: Member, password: str, address: str) -> None:
        """Whether it is really that member who asks for something that matters.

        Raises:
            Locked: Too many attempts.
            WrongCredentials: It is another password.
        """
        await self._reserve(member.username, address)
        async with self._database.session() as session:
            account = await session.get_one(Staff, member.id)
        if not await self.passwords.matches(account.password, password):
            raise WrongCredentials("Mật khẩu hiện tại không đúng.")
        async with self._database.session.begin() as session:
            await _forgive(session, member.username, address)

    async def _reserve(self, username: str, address: str) -> None:
        async with self._database.session.begin() as session:
            wait = await attempts.reserve(session, attempts.ADDRESS, address)
            if wait is None:  # an address that is locked out must not lock accounts as well
                wait = await attempts.reserve(session, attempts.ACCOUNT, username)
        if wait is not None:
            raise Locked(wait)


async def first_link(database: Database, address: str) -> str | None:
    """A one-time link that makes the first account, where there is none yet; a link printed at an earlier start is void."""
    async with database.session.begin() as session:
        if await accounts.anybody(session):
            return None
        return f"{address.rstrip('/')}/canbo/thiet-lap/{await accounts.make_link(session, None)}"


async def _forgive(session: AsyncSession, username: str, address: str) -> None:
    await attempts.forget(session, attempts.ACCOUNT, username, all_of_them=True)
    await attempts.forget(session, attempts.ADDRESS, address, all_of_them=False)
