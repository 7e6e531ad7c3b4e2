"""Which model packages this site uses, and how: shadow, active or retired."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, insert, select, update

from osler.errors import Conflict
from osler.records.access import Action
from osler.records.door import Door, Subject
from osler.records.events import About, EventKind, emit
from osler.records.ids import new_id
from osler.records.tables import models_in_use


class ModelState(StrEnum):
    """How a package is used. A package that nobody said anything of is active."""

    SHADOW = "shadow"
    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True)
class Models:
    """What may be done with the states of packages, by one actor for one purpose."""

    door: Door

    def states(self) -> Mapping[tuple[str, str], ModelState]:
        """Return the state of each package, by name and version, that somebody set one for."""

        def query(
            connection: Connection,
        ) -> tuple[Mapping[tuple[str, str], ModelState], Sequence[Subject]]:
            table = models_in_use.c
            rows = connection.execute(
                select(table.name, table.version, table.state).where(table.superseded_at.is_(None))
            )
            return {(row.name, row.version): ModelState(row.state) for row in rows}, ()

        return self.door.read(Action.READ_MODELS, query)

    def set_state(
        self,
        name: str,
        version: str,
        state: ModelState,
        *,
        now: datetime,
        seen: tuple[ModelState | None] | None = None,
    ) -> None:
        """Set how a package is used from now on; what was set before stays to be read.

        Parameters
        ----------
        seen
            The state that whoever changes it saw, (None,) for none; not checked where None.

        Raises
        ------
        Conflict
            The state is another than ``seen`` by now.
        """
        set_by = self.door.actor.name

        def work(connection: Connection) -> tuple[None, Sequence[Subject]]:
            table = models_in_use.c
            same = (table.name == name, table.version == version, table.superseded_at.is_(None))
            before = connection.execute(
                select(table.use_id, table.state).where(*same).with_for_update()
            ).one_or_none()
            if seen is not None and seen[0] != (before.state if before is not None else None):
                raise Conflict(
                    f"model {name}/{version} is in another state by now; expected the one that you "
                    "saw; nothing was changed; look again"
                )
            connection.execute(update(models_in_use).where(*same).values(superseded_at=now))
            connection.execute(
                insert(models_in_use).values(
                    use_id=new_id(),
                    name=name,
                    version=version,
                    state=str(state),
                    set_by=set_by,
                    set_at=now,
                    supersedes=before.use_id if before is not None else None,
                )
            )
            told = {"name": name, "version": version, "state": str(state)}
            emit(connection, EventKind.MODEL_STATE, About(), now=now, detail=told)
            return None, [Subject(f"model/{name}/{version}", None, (("state", str(state)),))]

        self.door.write(Action.SET_MODEL, work)
