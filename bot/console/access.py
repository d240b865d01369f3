"""Who may do what: the shape of the authorization table, which is `bot.console.routes.ROUTES`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from core.staff import Role
from core.storage.sessions import Stage

__all__ = ["ADMINS", "CASE_WORKERS", "EVERYBODY", "LEADS", "REVIEWERS", "TRAINERS", "Handler", "Menu", "Route"]

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

EVERYBODY = frozenset(Role)
CASE_WORKERS = frozenset({Role.STAFF, Role.LEAD})
LEADS = frozenset({Role.LEAD})
ADMINS = frozenset({Role.ADMIN})
TRAINERS = frozenset({Role.TRAINER})
REVIEWERS = TRAINERS | ADMINS
"""Who may look at the trainers' work and approve it; administrators are the second person where one trains alone."""


@dataclass(frozen=True)
class Menu:
    """An entry of the main menu.

    Args:
        label: As people read it.
        icon: Name of a Tabler icon (see scripts/vendor.py).
    """

    label: str
    icon: str


@dataclass(frozen=True)
class Route:
    """One page or action, and who may ask for it.

    Args:
        method: GET or POST.
        path: Below ``/canbo``.
        name: Of the route, for links and for tests.
        handler: What answers.
        roles: Who may; None = also who is not signed in.
        stages: How far signing in must have come.
        menu: Its entry in the main menu, shown to those who may.
    """

    method: str
    path: str
    name: str
    handler: Handler
    roles: frozenset[Role] | None
    stages: frozenset[Stage] = frozenset({Stage.FULL})
    menu: Menu | None = None

    def allows(self, role: Role, stage: Stage) -> bool:
        """Whether somebody signed in may ask for it now."""
        return self.roles is None or (role in self.roles and stage in self.stages)
