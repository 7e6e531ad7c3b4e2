"""Checks of the whole trail: they take long, so that they run beside the requests."""

import logging
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime

from osler.errors import Conflict, NotFound, OslerError
from osler.records import Desk, Verified
from osler.server.service import Service

log = logging.getLogger(__name__)
MOST_REMEMBERED = 50


@dataclass(frozen=True)
class Check:
    """One check. ``fault`` says why it could not be done; ``verified`` what it came to."""

    check_id: str
    began_at: datetime
    ended_at: datetime | None = None
    verified: Verified | None = None
    fault: str | None = None


class Checks:
    """The checks of this process; one at a time, and the last ones are remembered."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Check] = OrderedDict()
        self._lock = threading.Lock()
        self._at_work = threading.Lock()

    def begin(self, check_id: str, desk: Desk, service: Service) -> Check:
        """Begin a check.

        Raises
        ------
        Conflict
            Another one is at work.
        """
        if not self._at_work.acquire(blocking=False):
            raise Conflict(
                "a check of the audit trail is at work; expected none; wait until it has ended"
            )
        check = self._keep(Check(check_id, service.clock()))
        threading.Thread(
            target=self._run, args=(check, desk, service), name="osler-audit-check", daemon=True
        ).start()
        return check

    def get(self, check_id: str) -> Check:
        """Return a check.

        Raises
        ------
        NotFound
            There is none of this id, or this process does not remember it.
        """
        with self._lock:
            found = self._known.get(check_id)
        if found is None:
            raise NotFound(
                f"no check {check_id} is remembered here; expected one that this server began "
                "lately; begin another (POST /audit/checks)"
            )
        return found

    def _run(self, check: Check, desk: Desk, service: Service) -> None:
        """Check the trail, and note what it came to."""
        try:
            check = replace(check, verified=desk.audit.verify())
        except OslerError as error:
            log.warning("the audit trail could not be checked (%s)", error.kind)
            check = replace(check, fault=str(error))
        finally:
            self._keep(replace(check, ended_at=service.clock()))
            self._at_work.release()

    def _keep(self, check: Check) -> Check:
        """Remember a check as it is now."""
        with self._lock:
            self._known[check.check_id] = check
            while len(self._known) > MOST_REMEMBERED:
                self._known.popitem(last=False)
        return check
