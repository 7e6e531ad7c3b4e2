"""A small hospital for tests of the worker: records in a folder, tiny packages, drawn films."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import numpy as np
from sqlalchemy import inspect, text

from make.dicom import a_dataset, a_file
from make.package import a_card, a_film, a_judging_graph, a_package, an_anatomy, an_output
from make.record import a_man, a_vitals_record
from osler.clinical import Draft, Identifier, Instance, Sex
from osler.records import (
    SERVICE,
    Desk,
    Job,
    MasterKey,
    PatientId,
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

MORTAL = Path(__file__).with_name("mortal.py")
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

    def make_package(self, name: str, *, version: str = "1.0.0", weight: float = 4.0) -> None:
        """Write a tiny judge with one output, which says more the greater its weight."""
        card = a_card(name, version=version, outputs=(an_output(f"{name}-finding"),))
        a_package(self.folder / "models", card, graph=a_judging_graph(weights=(weight,)))


def a_ward(folder: Path, database: str | None = None, **changes: timedelta) -> Ward:
    """Return a new ward with one tiny judge; SQLite in its folder unless a database is named."""
    ward = Ward(folder, database or f"sqlite:///{folder / 'osler.db'}", **changes)
    an_anatomy(folder / "models")
    ward.make_package("tiny")
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


def store_record(desk: Desk, patient: str = "4711", **values: float | str | None) -> PatientId:
    """Store a document of a patient's record."""
    whose = a_man(identifiers=(Identifier(patient),), name=None, sex=Sex.FEMALE, birth_date=None)
    record = replace(a_vitals_record(whose, **values), origin="record.json")
    content = repr(record).encode()
    return desk.documents.store(record, content, kind="json", source="ehr", now=now()).patient_id


def work(
    ward: Ward,
    records: Records,
    *,
    on_step: Callable[[str], None] | None = None,
    habits: Habits = QUICK,
) -> None:
    """Work in this process until nothing is left to do."""
    around = Surroundings(on_step=on_step) if on_step is not None else Surroundings()
    run_worker(records, ward.models, habits, until_idle=True, around=around)


def only_job(desk: Desk) -> Job:
    """Return the one job there is."""
    (job,) = desk.jobs.list()
    return job


def draft_of(desk: Desk, study_id: StudyId) -> Draft:
    """Return the current draft of a study, and make sure that it is the only current one."""
    rows = [one for one in desk.results.of_study(study_id) if one.superseded_at is None]
    assert len(rows) == 1
    return desk.results.draft(rows[0].draft_id)


@contextmanager
def a_worker(ward: Ward, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run a worker in a process of its own while the block runs; killed at the end."""
    process = subprocess.Popen(
        [sys.executable, str(MORTAL), str(ward.folder), ward.database, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def until(process: subprocess.Popen[str], line: str) -> list[str]:
    """Read what a worker says until it says a line; return all of it."""
    assert process.stdout is not None
    said = []
    for one in process.stdout:
        said.append(one.strip())
        if said[-1] == line:
            return said
    raise AssertionError(f"the worker ended with {process.wait()} after {said}, before {line!r}")


def dies(ward: Ward, step: str) -> None:
    """Run a worker that is killed at a step."""
    with a_worker(ward, "--die", step) as process:
        assert process.wait(timeout=60) == -signal.SIGKILL, "it died at the step"


def workflow_tables(records: Records) -> str:
    """Return all that lies in the tables of the workflow's library, one row a line."""
    engine = records.workflow_engine()
    schema = None if engine.dialect.name == "sqlite" else "dbos"
    lines = []
    with engine.connect() as connection:
        for name in inspect(connection).get_table_names(schema=schema):
            table = f"{schema}.{name}" if schema else name
            rows = connection.execute(text(f"SELECT * FROM {table}"))  # noqa: S608 - its own tables
            lines += [f"{name}: {tuple(row)}" for row in rows]
    engine.dispose()
    return "\n".join(lines)
