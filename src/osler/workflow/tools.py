"""What a worker works with: the packages in their states and the guidelines, kept up to date."""

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from osler.analyse.record_package import active_scorers
from osler.analyse.registry import default_folder
from osler.analyse.study import Panel
from osler.assess import SET_FOR_SITE
from osler.errors import OslerError
from osler.records import Desk, ModelState
from osler.standards import guideline
from osler.standards.guideline import Guidelines
from osler.workflow.panels import Panels, load_panels
from osler.workflow.steps import Resources, require_pretests

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ModelsAt:
    """Where packages and guidelines lie; None is what came with Osler.

    ``pretests`` are the site's pre-test probabilities by finding, above 0 and below 1.
    """

    models: Path | None = None
    allowed: frozenset[str] = frozenset()
    small_changes: bool = False
    guidelines: Path | None = None
    pretests: Mapping[str, float] = field(default_factory=dict)


class Tools:
    """The packages and guidelines of one worker. Safe in many threads."""

    def __init__(self, desk: Desk, at: ModelsAt) -> None:
        """Load everything.

        Raises
        ------
        NotFound, NotAllowed
            As of `load_panels`.
        Misuse
            A pre-test probability is none, or names no finding.
        """
        self._desk = desk
        self._at = at
        self._guidelines: Guidelines = (
            guideline.load(at.guidelines) if at.guidelines else guideline.shipped()
        )
        self._scorers, self._unused = active_scorers(
            at.models or default_folder(), allowed=at.allowed
        )
        self._lock = threading.Lock()
        self._states = dict(desk.models.states())
        self._panels = self._load(self._states)
        self._pretests = {name: (one, SET_FOR_SITE) for name, one in at.pretests.items()}
        require_pretests(self._pretests, self._panels.active)

    def refresh(self) -> None:
        """Load the packages anew if the site changed a state; keep the old ones if that fails."""
        states = dict(self._desk.models.states())
        if states == self._states:
            return
        try:
            panels = self._load(states)
        except OslerError as error:
            log.warning("the packages are kept as they were: %s", error)
            return
        with self._lock:
            self._states, self._panels = states, panels
        log.info("packages loaded anew: %d active", len(panels.active.judges))

    def resources(self, made_at: datetime) -> Resources:
        """Return what the steps need, for a draft made at a time."""
        with self._lock:
            panels, states = self._panels, self._states
        refused = [one.reason for one in panels.refused]
        unused = [one.reason for one in self._unused]
        return Resources(
            panel=panels.active,
            guidelines=self._guidelines,
            made_at=made_at,
            pretests=self._pretests,
            said=tuple(f"model not used: {reason}" for reason in (*refused, *unused)),
            scorers=tuple(
                one
                for one in self._scorers
                if states.get((one.card.name, one.card.version), ModelState.ACTIVE)
                == ModelState.ACTIVE
            ),
        )

    def shadow(self) -> Panel | None:
        """Return the packages that run unseen, or None."""
        with self._lock:
            return self._panels.shadow

    def _load(self, states: Mapping[tuple[str, str], ModelState]) -> Panels:
        """Load the packages in their states."""
        folder = self._at.models or default_folder()
        return load_panels(
            folder,
            allowed=self._at.allowed,
            states=states,
            small_changes=self._at.small_changes,
        )
