"""Every running process follows the release in force: loads its model beside the old one, changes over between turns."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import structlog

from bot.brain import Answering
from bot.repeating import Repeating
from bot.services.releasing import Releasing
from bot.services.training import HOST, Training
from core.errors import ProjectError
from core.storage import releases
from core.storage.database import Database
from core.storage.release_models import ServingProcess
from nlu.training.candidates import Files

__all__ = ["Serving"]

log = structlog.get_logger(__name__)

_LOOK_EVERY = 1.0
_TELL_EVERY = 5.0
_AGAIN_AFTER = 30.0


class Serving:
    """Keeps one process in step with the release in force.

    Args:
        database: Says which that is.
        releasing: Finds its files.
        training: Runs whose process died are closed here.
        load: Makes what answers of a candidate's files; called in a thread.
        use: Has it answer from now on; called in the event loop, between steps of turns under way, which end as they began.
        brain: What answers at the start.
        release_id: The release that is; 0 = none yet.
    """

    def __init__(
        self,
        database: Database,
        releasing: Releasing,
        training: Training,
        load: Callable[[Files], Answering],
        use: Callable[[Answering], None],
        brain: Answering,
        release_id: int,
    ) -> None:
        self._database = database
        self._releasing = releasing
        self._training = training
        self._load = load
        self._use = use
        self._brain = brain
        self._kept: tuple[str, Answering] | None = None
        self._row = ServingProcess(process=database.process, host=HOST, model=brain.model_name, release_id=release_id)
        self._failed: tuple[int, float] = (0, 0.0)
        self._told = 0.0
        self._looking = Repeating("serving", self.look, _LOOK_EVERY)

    def start(self) -> None:
        """Begin to look every second for another release."""
        self._looking.start()

    async def stop(self) -> None:
        """Stop looking; a release that is being loaded is loaded at the next start."""
        await self._looking.stop()

    async def look(self) -> bool:
        """Change over if another release is in force; returns whether this call did."""
        async with self._database.session() as session:
            latest = await releases.latest_id(session)
        changed = False
        failed, at = self._failed
        if latest and latest != self._row.release_id and (latest != failed or time.monotonic() - at > _AGAIN_AFTER):
            changed = await self._change_over(latest)
        if changed or time.monotonic() - self._told > _TELL_EVERY:
            await self._tell()
        return changed

    async def _tell(self) -> None:
        self._told = time.monotonic()
        await self._training.recover()
        row = {name: getattr(self._row, name) for name in ("process", "host", "model", "release_id", "error", "seconds")}
        async with self._database.session.begin() as session:
            await releases.tell_serving(session, ServingProcess(**row))

    async def _change_over(self, release_id: int) -> bool:
        started = time.monotonic()
        try:
            async with self._database.session() as session:
                release = await releases.get(session, release_id)
                leaving = await releases.served_before(session, release_id, self._row.release_id or 0, self._row.model)
            if self._kept is not None and self._kept[0] == release.candidate_id:
                brain = self._kept[1]
            else:
                files = await self._releasing.fetch(release.candidate_id)
                brain = await asyncio.to_thread(self._load, files)
        except Exception as error:  # noqa: BLE001  # whatever is wrong with a release, what answers now goes on answering
            told = str(error) if isinstance(error, ProjectError) else type(error).__name__
            log.warning("serving.not_changed", release=release_id, error=type(error).__name__)
            self._row.error = told[:300]
            self._failed = (release_id, time.monotonic())
            self._told = 0.0
            return False
        self._use(brain)
        # The one before stays in memory: going back to it is then a matter of a moment.
        self._kept = (leaving, self._brain) if leaving is not None else None
        self._brain = brain
        self._row.model, self._row.release_id, self._row.error = brain.model_name, release_id, None
        self._row.seconds = round(time.monotonic() - started, 2)
        log.info("serving.changed", release=release_id, model=brain.model_name, seconds=self._row.seconds)
        return True
