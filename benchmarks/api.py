"""How fast the API reads, with as much kept as a hospital keeps in years.

A generator fills the tables directly: patients with studies, series, instances, results and
values. Then `osler serve` runs on them, and one client asks over HTTP on localhost; every answer
waits for its audit entry to be on disk, as always.

    python benchmarks/api.py                                  small: 2,000 patients
    python benchmarks/api.py --patients 100000 --instances 1000000 --keep FOLDER
    python benchmarks/api.py --keep FOLDER                    measure again what lies there
    python benchmarks/api.py --keep FOLDER --explain          show how each list is read
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, event, insert, text

from osler.client import Osler
from osler.clinical import Code, Instance, InstanceUid, Observation, Quantity, SeriesUid, StudyUid
from osler.clinical.serial import to_json
from osler.records import Purpose, Records, Role
from osler.records.ids import new_id
from osler.records.search import StudyFilter
from osler.records.study_texts import MODALITY, PRIORITY
from osler.records.tables import (
    documents,
    drafts,
    findings,
    instances,
    jobs,
    observations,
    patient_descriptions,
    patient_identifiers,
    patients,
    series,
    studies,
    study_texts,
)
from osler.records.words import document, mark
from osler.settings import Settings
from osler.workflow.opening import open_kept

TOGETHER = 500
VALUES = 5
FIRST_DAY = date(2016, 1, 1)
DAYS = 3650
MODALITIES = ("CR", "DX", "DX", "CT", "MR", "US", "OPG")
DESCRIPTIONS = ("Chest PA", "Chest AP portable", "CT Thorax", "MR Brain", "Abdomen", "Knee left")
FINDINGS = ("Pneumonia", "Pleural effusion", "Cardiomegaly", "Atelectasis", "Rib fracture")
STATES = ("analysed",) * 96 + ("queued", "receiving", "failed", "cancelled")
SYLLABLES = [
    "ka",
    "mi",
    "lo",
    "ten",
    "ber",
    "ga",
    "sch",
    "wei",
    "ra",
    "no",
    "vi",
    "el",
    "ma",
    "ro",
    "du",
    "pe",
    "sa",
    "ti",
    "ko",
    "han",
]
SHA = "0" * 64
Row = dict[str, Any]


def name(rng: random.Random) -> str:
    """Return a name that several others share a beginning with."""
    last = "".join(rng.choices(SYLLABLES, k=3)).title()
    return f"{last}^{''.join(rng.choices(SYLLABLES, k=2)).title()}"


class Filler:
    """Fills the tables, a few hundred rows of each at a time."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._waiting: dict[Table, list[Row]] = {}

    def add(self, table: Table, **row: object) -> None:
        """Add a row."""
        self._waiting.setdefault(table, []).append(row)

    def flush(self) -> None:
        """Insert what waits, tables that are named by others first."""
        for table in ORDER:
            rows = self._waiting.pop(table, [])
            if rows:
                self._connection.execute(insert(table), rows)


ORDER = (
    patients,
    patient_descriptions,
    patient_identifiers,
    documents,
    observations,
    studies,
    series,
    instances,
    jobs,
    drafts,
    findings,
    study_texts,
)


def fill(
    records: Records,
    *,
    people: int,
    films: int,
    rng: random.Random,
    states: tuple[str, ...] = STATES,
) -> None:
    """Fill the tables: each patient has a study or more, all studies together so many films."""
    began = time.monotonic()
    each = max(1, round(films / people))
    with records.database.writer.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        filler = Filler(connection)
        for number in range(people):
            a_patient(filler, number, films=each, states=states, rng=rng)
            if number % TOGETHER == TOGETHER - 1:
                filler.flush()
            if number % 10_000 == 9_999:
                sys.stderr.write(f"{number + 1} patients, {time.monotonic() - began:.0f} s\n")
        filler.flush()
        connection.commit()
        connection.execute(text("ANALYZE")) if connection.dialect.name != "sqlite" else None
        connection.commit()


def a_patient(
    filler: Filler, number: int, *, films: int, states: tuple[str, ...], rng: random.Random
) -> None:
    """Add a patient with a study, now and then two, and a few values."""
    patient_id, called = new_id(), name(rng)
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=60 * number)
    filler.add(patients, patient_id=patient_id, wrapped_key=b"none", created_at=at)
    filler.add(
        patient_descriptions,
        description_id=new_id(),
        patient_id=patient_id,
        name=called,
        sex=rng.choice(("female", "male")),
        birth_date=FIRST_DAY - timedelta(days=rng.randrange(4000, 33_000)),
        stated_age_years=None,
        supersedes=None,
        is_current=True,
        stated_by="ct-1",
        received_at=at,
    )
    filler.add(
        patient_identifiers,
        identifier_id=new_id(),
        patient_id=patient_id,
        issuer="",
        value=f"P-{number:07d}",
        kind="patient",
        received_at=at,
    )
    a_record(filler, patient_id, at=at, rng=rng)
    parts = (films,) if rng.random() < 0.8 or films < 2 else (films // 2, films - films // 2)
    for part, count in enumerate(parts):
        a_study(
            filler,
            (patient_id, called),
            (number, part),
            count=count,
            state=rng.choice(states),
            at=at,
            rng=rng,
        )


def a_record(filler: Filler, patient_id: str, *, at: datetime, rng: random.Random) -> None:
    """Add a document with values."""
    document_id = new_id()
    filler.add(
        documents,
        document_id=document_id,
        patient_id=patient_id,
        kind="fhir",
        origin="ehr.json",
        source="ehr",
        state="used",
        address=new_id(),
        sha256=SHA,
        size=1000,
        warnings=[],
        received_at=at,
    )
    for minute in range(VALUES):
        code = Code("http://loinc.org", "8867-4", "Heart rate")
        when = at - timedelta(minutes=minute)
        value = Observation(code, Quantity(float(rng.randrange(50, 120)), "/min"), when, "raw")
        filler.add(
            observations,
            observation_id=new_id(),
            patient_id=patient_id,
            document_id=document_id,
            code_system=code.system,
            code=code.code,
            effective=when,
            value=to_json(value)[0],
            fingerprint=new_id(),
            supersedes=None,
            is_current=True,
        )


def a_study(
    filler: Filler,
    whose: tuple[str, str],
    number: tuple[int, int],
    *,
    count: int,
    state: str,
    at: datetime,
    rng: random.Random,
) -> None:
    """Add a study with one series, its films, its job and its result.

    ``whose`` is the patient's id and name.
    """
    patient_id, called = whose
    study_id, series_id, job_id = new_id(), new_id(), new_id()
    uid = f"2.25.{number[0]}.{number[1]}"
    modality, described = rng.choice(MODALITIES), rng.choice(DESCRIPTIONS)
    seen = rng.choice(FINDINGS)
    priority = "urgent" if rng.random() < 0.03 else "routine"
    when = at + timedelta(seconds=number[1])
    day = FIRST_DAY + timedelta(days=(number[0] * 7) % DAYS)
    accession = f"A{number[0]:08d}{number[1]}"
    filler.add(
        studies,
        study_id=study_id,
        study_uid=uid,
        patient_id=patient_id,
        study_date=day,
        studied_at=None,
        description=described,
        accession_number=accession,
        source=f"modality-{number[0] % 20}",
        priority=priority,
        state=state,
        revision=count,
        quiet_until=None,
        first_received_at=when,
        last_received_at=when,
    )
    filler.add(
        series,
        series_id=series_id,
        study_id=study_id,
        series_uid=f"{uid}.1",
        modality=modality,
        description="PA",
    )
    for film in range(count):
        filler.add(
            instances,
            instance_id=new_id(),
            series_id=series_id,
            study_id=study_id,
            instance_uid=f"{uid}.1.{film}",
            version=1,
            supersedes=None,
            is_current=True,
            address=new_id(),
            sha256=SHA,
            size=500_000,
            header=HEADER,
            source="ct-1",
            received_at=when,
        )
    positive = state == "analysed" and rng.random() < 0.3
    if state == "analysed":
        a_result(filler, (study_id, patient_id, job_id), at=when, seen=seen, positive=positive)
    words = (described, "PA", accession, called, f"P-{number[0]:07d}", seen if positive else None)
    marks = {mark(MODALITY, modality), mark(PRIORITY, priority)}
    filler.add(study_texts, study_id=study_id, words=document(words, marks))


def a_result(
    filler: Filler, ids: tuple[str, str, str], *, at: datetime, seen: str, positive: bool
) -> None:
    """Add a job that is done and the result that it gave."""
    study_id, patient_id, job_id = ids
    draft_id = new_id()
    whose = {"study_id": study_id, "patient_id": patient_id, "job_id": job_id, "revision": 1}
    times = {"due_at": at, "not_before": at, "created_at": at, "started_at": at, "finished_at": at}
    filler.add(
        jobs,
        **whose,
        **times,
        kind="study",
        priority="routine",
        state="done",
        attempts=1,
        strikes=0,
        reason_kind=None,
        reason=None,
        worker_id=None,
    )
    filler.add(
        drafts,
        **whose,
        draft_id=draft_id,
        address=new_id(),
        sha256=SHA,
        size=1000,
        made_at=at,
        stored_at=at,
        supersedes=None,
        superseded_at=None,
    )
    filler.add(
        findings,
        finding_id=new_id(),
        draft_id=draft_id,
        model="cxr-adult",
        name=seen.lower(),
        code_system="x",
        code="x",
        display=seen,
        is_positive=positive,
        certainty="likely",
    )


def _header() -> Any:  # noqa: ANN401 - JSON
    """Return what is kept of the header of a usual film."""
    film = Instance(
        InstanceUid("2.25.1"),
        SeriesUid("2.25.1"),
        StudyUid("2.25.1"),
        origin="film.dcm",
        media_type="application/dicom",
        content=b"",
        has_pixels=True,
        modality="DX",
        sop_class="1.2.840.10008.5.1.4.1.1.1.1",
        body_part="CHEST",
        view_position="PA",
        manufacturer="Example",
        instance_number=1,
    )
    return to_json(replace(film, content=b""))[0]


HEADER = _header()


@contextmanager
def serving(folder: Path, port: int) -> Iterator[str]:
    """Run ``osler serve`` on a folder while the block runs; its address."""
    env = {**os.environ, "OSLER_DATA_DIR": str(folder)}  # noqa: TID251 - for the process
    osler = str(Path(sys.executable).with_name("osler"))
    command = [osler, "serve", "--port", str(port), "--no-worker"]
    process = subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL)
    try:
        with Osler(f"http://127.0.0.1:{port}") as client:
            client.get_health()
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def token(records: Records) -> str:
    """Return a token that reads."""
    actor = records.actor(Settings().user)
    desk = records.acting(actor, Purpose.OPERATIONS)
    roles = frozenset({Role.CLINICIAN})
    secret, _ = desk.tokens.make("benchmark", roles, now=datetime.now(UTC), lasts=timedelta(days=1))
    return secret


def asked(osler: Osler, people: int, rng: random.Random) -> dict[str, Callable[[], object]]:
    """Return what is asked, by what it is called in the table."""
    first = osler.list_studies(limit=200)
    cursor = first["next"]
    for _ in range(20):
        if cursor is not None:
            cursor = osler.list_studies(limit=200, cursor=cursor)["next"] or cursor
    known = [one["study_id"] for one in first["items"]]
    patients_known = [one["patient_id"] for one in first["items"]]
    day = FIRST_DAY + timedelta(days=1000)

    def syllables(count: int) -> str:
        return "".join(rng.choices(SYLLABLES, k=count))

    return {
        "worklist": lambda: osler.list_studies(sort="urgent"),
        "worklist, not yet analysed": lambda: osler.list_studies(sort="urgent", state="queued"),
        "newest studies": osler.list_studies,
        "newest studies, page 80": lambda: osler.list_studies(cursor=cursor),
        "one study": lambda: osler.get_study(rng.choice(known)),
        "its series": lambda: osler.list_series(rng.choice(known)),
        "its instances": lambda: osler.list_instances(rng.choice(known)),
        "studies that failed": lambda: osler.list_studies(state="failed"),
        "studies of one source": lambda: osler.list_studies(source="modality-7"),
        "studies of a rare modality": lambda: osler.list_studies(modality="OPG"),
        "studies of one day": lambda: osler.list_studies(
            study_from=day.isoformat(), study_to=day.isoformat()
        ),
        "studies of one year": lambda: osler.list_studies(
            study_from="2018-01-01", study_to="2018-12-31"
        ),
        "by accession number": lambda: osler.list_studies(
            accession_number=f"A{rng.randrange(people):08d}0"
        ),
        "by patient's number": lambda: osler.list_studies(
            identifier=f"P-{rng.randrange(people):07d}"
        ),
        "search: beginning of a name": lambda: osler.list_studies(q=syllables(2)),
        "search: name and finding": lambda: osler.list_studies(q=f"{syllables(1)} pneumonia"),
        "search: a common word": lambda: osler.list_studies(q="chest"),
        "search: a common word, urgent first": lambda: osler.list_studies(q="chest", sort="urgent"),
        "search: a common word, failed": lambda: osler.list_studies(q="chest", state="failed"),
        "search: nothing found": lambda: osler.list_studies(q=f"zz{rng.randrange(10**6)}"),
        "one patient": lambda: osler.get_patient(rng.choice(patients_known)),
        "patient by number": lambda: osler.find_patients(
            identifier=f"P-{rng.randrange(people):07d}"
        ),
        "values of a patient": lambda: osler.list_observations(rng.choice(patients_known)),
        "data quality": osler.get_quality,
    }


def measured(ask: Callable[[], object], times: int) -> tuple[float, float]:
    """Return median and 99th percentile in milliseconds, after a few that warm up."""
    for _ in range(3):
        ask()
    took = []
    for _ in range(times):
        began = time.perf_counter()
        ask()
        took.append(1000 * (time.perf_counter() - began))
    took.sort()
    return statistics.median(took), took[min(len(took) - 1, round(0.99 * len(took)))]


def explain(records: Records) -> None:
    """Print the statements of each list, and how the database reads them."""
    day = FIRST_DAY + timedelta(days=1000)
    wanted = {
        "newest": StudyFilter(),
        "state": StudyFilter(state="failed"),
        "source": StudyFilter(source="modality-7"),
        "modality": StudyFilter(modality="OPG"),
        "one day": StudyFilter(study_from=day, study_to=day),
        "words": StudyFilter(words="chest"),
        "words and state": StudyFilter(words="chest", state="failed"),
        "identifier": StudyFilter(identifier="P-0000001"),
    }
    desk = records.acting(records.actor(Settings().user), Purpose.OPERATIONS)
    seen: list[tuple[str, Any]] = []
    engine = records.database.reader

    @event.listens_for(engine, "before_cursor_execute")
    def note(*told: Any) -> None:  # noqa: ANN401 - as SQLAlchemy hands it
        seen.append((told[2], told[3]))

    plan = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN "
    for called, one in wanted.items():
        seen.clear()
        desk.search.studies(one)
        print(f"== {called}")
        asked_for = tuple(seen)
        for statement, values in asked_for:
            if statement.lstrip().startswith("SELECT"):
                with engine.connect() as connection:
                    rows = connection.exec_driver_sql(plan + statement, values).all()
                for row in rows:
                    print("   ", row[-1])


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--patients", type=int, default=2000)
    options.add_argument("--instances", type=int, default=20_000)
    options.add_argument("--times", type=int, default=200)
    options.add_argument("--port", type=int, default=8931)
    options.add_argument("--keep", type=Path, help="folder to fill, and to leave filled")
    options.add_argument("--explain", action="store_true")
    chosen = options.parse_args()
    rng = random.Random(7)  # noqa: S311 - names, not secrets
    with tempfile.TemporaryDirectory() as scratch:
        folder: Path = chosen.keep or Path(scratch)
        is_new = not (folder / "osler.db").exists()
        about = folder / "benchmark.json"
        settings = Settings(data_dir=folder)
        with open_kept(settings, create=True) as records:
            if is_new:
                fill(records, people=chosen.patients, films=chosen.instances, rng=rng)
                about.write_text(json.dumps({"patients": chosen.patients}))
            if chosen.explain:
                explain(records)
                return
            secret = token(records)
            size = (folder / "osler.db").stat().st_size
        people = json.loads(about.read_text())["patients"]
        print(f"{people} patients, database of {size / 1e6:.0f} MB; milliseconds over HTTP")
        with serving(folder, chosen.port) as url, Osler(url, token=secret) as osler:
            print(f"{'':40}{'median':>9}{'p99':>9}")
            for called, ask in asked(osler, people, rng).items():
                median, worst = measured(ask, chosen.times)
                print(f"{called:40}{median:9.1f}{worst:9.1f}")


if __name__ == "__main__":
    main()
