"""A small hospital for tests of the worker: records in a folder, tiny packages, drawn films."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import numpy as np

from make.dicom import a_dataset, a_file
from make.package import a_card, a_film, a_package, an_anatomy, an_output
from osler.clinical import Instance
from osler.records import (
    SERVICE,
    Desk,
    MasterKey,
    Purpose,
    Records,
    RecordsAt,
    StudyId,
    open_records,
)
from osler.standards.pictures import read_content
from osler.workflow.retrying import Patience
from osler.workflow.tools import ModelsAt
from osler.workflow.worker import Habits, Surroundings, run_worker

KEY = "5a" * 32
QUICK = Habits(
    threads=2,
    patience=Patience(first_wait=timedelta(milliseconds=20)),
    beat=timedelta(milliseconds=100),
    dead_after=timedelta(seconds=1),
    look=timedelta(milliseconds=20),
    grace=timedelta(seconds=20),
)


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def a_ward_film(
    number: int = 1, *, study: int | None = None, patient: str = "4711", **elements: object
) -> Instance:
    """Return a drawn film of an adult: instance ``number`` of a study (its own by default)."""
    pixels = a_film().astype(np.uint8)
    stated: dict[str, object] = {
        "SOPInstanceUID": f"2.25.7{number:06d}",
        "SeriesInstanceUID": f"2.25.8{study or number:06d}",
        "StudyInstanceUID": f"2.25.9{study or number:06d}",
        "PatientID": patient,
        "PatientAge": "050Y",
        "BodyPartExamined": "CHEST",
        "ViewPosition": "PA",
        "StudyTime": "101500",
    }
    content = a_file(a_dataset(pixels, **{**stated, **elements}))
    return read_content(content, origin=f"film-{number}.dcm")


@dataclass(frozen=True)
class Ward:
    """Where everything of one test lies."""

    folder: Path
    database: str
    routine_waits: timedelta = timedelta(minutes=30)

    @property
    def at(self) -> RecordsAt:
        """Return the place of the records."""
        return RecordsAt(
            database=self.database,
            objects=str(self.folder / "objects"),
            master=MasterKey.of(KEY),
            default_issuer="ward",
            quiet=timedelta(milliseconds=50),
            routine_waits=self.routine_waits,
        )

    @property
    def models(self) -> ModelsAt:
        """Return the place of the packages."""
        return ModelsAt(self.folder / "models")

    def open(self) -> Records:
        """Open the records."""
        return open_records(self.at, create=True)

    def make_packages(self, *names: str) -> None:
        """Write the tiny anatomy and judges of these names."""
        models = self.folder / "models"
        an_anatomy(models)
        for name in names or ("tiny",):
            a_package(models, a_card(name, outputs=(an_output(f"{name}-finding"),)))


def a_ward(folder: Path, database: str | None = None, **changes: timedelta) -> Ward:
    """Return a new ward with one tiny judge; SQLite in its folder unless a database is named."""
    ward = Ward(folder, database or f"sqlite:///{folder / 'osler.db'}", **changes)
    ward.make_packages()
    return ward


def desk_of(records: Records) -> Desk:
    """Return the desk of the worker's own kind."""
    return records.acting(SERVICE, Purpose.TREATMENT)


def store(
    desk: Desk, *instances: Instance, priority: Literal["urgent", "routine"] = "routine"
) -> StudyId:
    """Store the instances of a study and say that it is complete."""
    at = now()
    stored = [
        desk.studies.store(one, source="ward", now=at, priority=priority) for one in instances
    ]
    desk.studies.complete(stored[0].study_id, now=at)
    return stored[0].study_id


def work(
    ward: Ward,
    records: Records,
    *,
    on_step: Callable[[str], None] | None = None,
    habits: Habits = QUICK,
) -> None:
    """Work until nothing is left to do."""
    around = Surroundings(on_step=on_step) if on_step is not None else Surroundings()
    run_worker(records, ward.models, habits, until_idle=True, around=around)
