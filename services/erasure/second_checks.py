"""Second checks of erasures that make themselves when they are due, as long as a dashboard runs.

Of several processes the first one to claim an erasure checks it. One that is of another computer is left to
that: its connection's name may mean another endpoint or account here.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from services import people
from services.clients import Clients
from services.erasure import erasures as erasure_service
from services.errors import InvalidValue, NotAuthorized, WorkspaceUnavailable
from services.faults import CALL_ERRORS
from services.people import Person
from services.workspace import audit, erasures
from services.workspace.directory import installation_id
from services.workspace.erasures import Erasure
from services.workspace.store import Workspace

log = logging.getLogger(__name__)

LOOK_SECONDS = 20.0
AGAIN_SECONDS = 300.0
"""So long after an attempt that failed the next one is made."""


class SecondChecks:
    """Makes the checks that are due. `workspace` is asked for at every look, `clients_of` for the clients of
    a connection by its key. Once `stopped` is set, no further check is made, and one under way ends: it is
    made again later."""

    def __init__(
        self,
        workspace: Callable[[], Workspace],
        clients_of: Callable[[str], Clients],
        stopped: threading.Event,
    ) -> None:
        self._workspace = workspace
        self._clients_of = clients_of
        self._stopped = stopped
        self._not_before: dict[str, float] = {}

    def keep_looking(self) -> None:
        """Look every twenty seconds until it is stopped."""
        while not self._stopped.wait(LOOK_SECONDS):
            try:
                self.look()
            except (WorkspaceUnavailable, InvalidValue) as error:  # the pages explain it
                log.warning("second checks of erasures wait: %s", error)
            except Exception as error:  # one that cannot be made must not end all later ones
                log.error("a second check of an erasure failed: %s", type(error).__name__)

    def look(self) -> list[Erasure]:
        """Make each check that is due now; how these erasures are afterwards. Nothing where nothing may be
        changed (AGENTCORE_STUDIO_READ_ONLY)."""
        if people.read_only():
            return []
        workspace = self._workspace()
        here = installation_id(workspace.directory)
        due = [each for each in erasures.due(workspace) if each.plan.get("origin") == here]
        now = time.monotonic()
        ready = [each for each in due if self._not_before.get(each.erasure_id, 0.0) <= now]
        return [done for each in ready if (done := self._check(workspace, each)) is not None]

    def _check(self, workspace: Workspace, erasure: Erasure) -> Erasure | None:
        self._not_before[erasure.erasure_id] = time.monotonic() + AGAIN_SECONDS
        # Whoever began it was allowed to erase, and this is the rest of it.
        person = Person(f"{audit.ITSELF}, for {erasure.who}", "admin")
        try:
            with people.acting_as(person):
                clients = self._clients_of(erasure.connection_key)
                return erasure_service.carry_out(clients, workspace, erasure.erasure_id, self._stopped.is_set)
        except NotAuthorized as error:
            log.warning("the second check of erasure %s is not allowed: %s", erasure.erasure_id, error)
        except InvalidValue as error:  # somebody else has just begun, or has ended it
            log.info("the second check of erasure %s is not made here: %s", erasure.erasure_id, error)
        except CALL_ERRORS as error:  # no clients can be made: no such profile here
            log.warning("the second check of erasure %s: %s", erasure.erasure_id, type(error).__name__)
        return None
