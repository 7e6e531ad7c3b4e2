"""From stored to result, and studies a second, beside a plain loop over the same steps.

Durable writes are on: every instance, step, result and audit entry is on disk before it counts.
The film is RG1 of pydicom-data with all shipped packages active; lossless JPEG 2000 apart.
Run: python benchmarks/workflow.py [--studies N] [--film RG1_UNCR.dcm]
"""

import argparse
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom
from pydicom.data import get_testdata_file

from osler.clinical import Instance
from osler.records import SERVICE, Desk, MasterKey, Purpose, RecordsAt, open_records
from osler.standards.pictures import group_studies, read_content
from osler.workflow import load_resources
from osler.workflow.joining import join
from osler.workflow.path import walk
from osler.workflow.tools import ModelsAt
from osler.workflow.worker import Habits, run_worker

IDLE_STUDIES = 40
GAP_S = 0.25


def films(name: str, count: int) -> list[Instance]:
    """Return so many copies of a film, each of a patient and study of its own."""
    path = get_testdata_file(name)
    if path is None:
        sys.exit(f"{name} is not there: install pydicom-data")
    dataset = pydicom.dcmread(path)
    found = []
    for number in range(count):
        dataset.StudyInstanceUID = f"2.25.{number + 1}"
        dataset.SeriesInstanceUID = f"2.25.{number + 1}.1"
        dataset.SOPInstanceUID = f"2.25.{number + 1}.1.1"
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        dataset.PatientID = f"P{number}"
        stream = BytesIO()
        dataset.save_as(stream)
        found.append(read_content(stream.getvalue(), origin=name))
    return found


def plain_loop(instances: list[Instance]) -> float:
    """Return studies a second of the same steps on as many threads, without any durability."""
    resources = load_resources()
    queue = list(instances)
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                if not queue:
                    return
                one = queue.pop()
            now = datetime.now(UTC)
            (case,) = join(group_studies([one]).studies, None, same_patient=False, now=now).cases
            walk(case, replace(resources, made_at=now))

    began = time.monotonic()
    threads = [threading.Thread(target=work) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return len(instances) / (time.monotonic() - began)


@contextmanager
def worked(folder: Path) -> Iterator[Desk]:
    """Yield a desk at records that a worker with two threads works on."""
    at = RecordsAt(
        database=f"sqlite:///{folder / 'osler.db'}",
        objects=str(folder / "objects"),
        master=MasterKey.of("5a" * 32),
    )
    stop = threading.Event()
    with open_records(at, create=True) as records:
        worker = threading.Thread(
            target=run_worker, args=(records, ModelsAt(), Habits(threads=2)), kwargs={"stop": stop}
        )
        worker.start()
        try:
            yield records.acting(SERVICE, Purpose.OPERATIONS)
        finally:
            stop.set()
            worker.join()


def store(desk: Desk, instance: Instance) -> None:
    """Store a study and say that it is complete."""
    now = datetime.now(UTC)
    stored = desk.studies.store(instance, source="benchmark", now=now)
    desk.studies.complete(stored.study_id, now=now)


def wait_for(desk: Desk, done: int, *, after: int = 0) -> None:
    """Wait until so many results are there, of those behind an event."""
    last, found = after, 0
    while found < done:
        events = desk.events.after(last)
        found += sum(one.kind == "result.current" for one in events)
        last = events[-1].event_id if events else last
        if not events:
            time.sleep(0.002)


def idle(desk: Desk, instances: list[Instance]) -> list[float]:
    """Return milliseconds from stored to result of studies that come one at a time."""
    spans = []
    for one in instances:
        last = desk.events.newest()
        store(desk, one)
        began = time.monotonic()
        while not any(e.kind == "result.current" for e in desk.events.after(last)):
            time.sleep(0.001)
        spans.append(1000 * (time.monotonic() - began))
        time.sleep(GAP_S)
    return spans


def busy(desk: Desk, instances: list[Instance]) -> float:
    """Return studies a second where all are stored before the clock starts to run."""
    before = desk.events.newest()
    for one in instances:
        desk.studies.store(one, source="benchmark", now=datetime.now(UTC), quiet=timedelta(hours=1))
    now = datetime.now(UTC)
    began = time.monotonic()
    for row in desk.studies.list(state="receiving", limit=len(instances)):
        desk.studies.complete(row.study_id, now=now)
    left = len(instances)
    while left:
        events = desk.events.after(before)
        left -= sum(one.kind == "result.current" for one in events)
        before = events[-1].event_id if events else before
        time.sleep(0.05)  # whoever looks more often takes the worker's time
    return len(instances) / (time.monotonic() - began)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=60)
    parser.add_argument("--film", default="RG1_UNCR.dcm")
    given = parser.parse_args()
    instances = films(given.film, IDLE_STUDIES + 1 + given.studies)
    first, some, many = instances[0], instances[1 : IDLE_STUDIES + 1], instances[IDLE_STUDIES + 1 :]
    plain = plain_loop(many)
    with tempfile.TemporaryDirectory(prefix="osler-bench-") as folder, worked(Path(folder)) as desk:
        store(desk, first)
        wait_for(desk, 1)
        spans = idle(desk, some)
        durable = busy(desk, many)
    again = plain_loop(many)
    best = max(plain, again)
    print(f"{given.film}: idle, stored to result: median {np.median(spans):.0f} ms, ", end="")
    print(f"95th percentile {np.percentile(spans, 95):.0f} ms ({len(spans)} studies)")
    print(
        f"{given.film}: durable {durable:.2f} studies/s, plain loop {plain:.2f} and {again:.2f}: "
        f"{durable / best:.2f} of the faster"
    )
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
