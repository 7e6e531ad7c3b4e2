"""How much faster two workers on PostgreSQL are than one, each with one thread for its own core.

``python -m faults.sharing [--studies N]``. Real films (RG1 of pydicom-data) with all shipped
packages; all are stored before the clock starts. PostgreSQL and the store have no core of their own
here: what they need is taken from the workers.
"""

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pydicom
from pydicom.data import get_testdata_file

from faults.site import Site, a_site
from osler.clinical import Instance
from osler.records import SERVICE, Desk, Purpose
from osler.standards.pictures import read_content

ONE = ("-m", "osler.cli.main", "worker", "--threads", "1")


def film(number: int) -> Instance:
    """Return a copy of RG1 of a patient and study of its own."""
    path = get_testdata_file("RG1_UNCR.dcm", download=False)
    if path is None:
        sys.exit("RG1_UNCR.dcm is not there: install pydicom-data")
    dataset = pydicom.dcmread(path)
    dataset.StudyInstanceUID = f"2.25.{number + 1}"
    dataset.SeriesInstanceUID = f"2.25.{number + 1}.1"
    dataset.SOPInstanceUID = f"2.25.{number + 1}.1.1"
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.PatientID = f"P{number}"
    stream = BytesIO()
    dataset.save_as(stream)
    return read_content(stream.getvalue(), origin="RG1.dcm")


def rate(site: Site, desk: Desk, *, workers: int, numbers: range) -> float:
    """Return studies a second of so many workers, from the first result to the last."""
    now = datetime.now(UTC)
    ids = [
        desk.studies.store(film(n), source="x", now=now, quiet=timedelta(hours=1)).study_id
        for n in numbers
    ]
    processes = [
        subprocess.Popen([sys.executable, *ONE], env=site.environment) for _ in range(workers)
    ]
    # They have their models in hand before the clock starts.
    desk.studies.complete(ids[0], now=now)
    desk.studies.complete(ids[1], now=now)
    until_done(desk, 0)
    time.sleep(3)
    newest, began = desk.events.newest(), time.monotonic()
    for study_id in ids[2:]:
        desk.studies.complete(study_id, now=datetime.now(UTC))
    until_done(desk, len(ids) - 2, after=newest)
    seconds = time.monotonic() - began
    for process in processes:
        process.send_signal(signal.SIGTERM)
    for process in processes:
        process.wait(60)
    return (len(ids) - 2) / seconds


def until_done(desk: Desk, results: int, *, after: int = 0) -> None:
    """Wait until so many results are there, or, where none is asked for, until nothing waits."""
    while desk.jobs.waiting() or (
        sum(one.kind == "result.current" for one in desk.events.after(after, limit=10_000))
        < results
    ):
        time.sleep(0.2)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=80)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="osler-sharing-") as folder, ExitStack() as around:
        site = a_site("scaled", Path(folder), around)
        del site.environment["OSLER_MODELS_DIR"]
        with site.open() as records:
            desk = records.acting(SERVICE, Purpose.OPERATIONS)
            found = {}
            for turn, workers in enumerate((1, 2, 1)):
                numbers = range(turn * given.studies, (turn + 1) * given.studies)
                found[turn] = rate(site, desk, workers=workers, numbers=numbers)
                print(f"workers: {workers}, studies/s: {found[turn]:.2f}", flush=True)
    print(f"two beside the faster one: {found[1] / max(found[0], found[2]):.2f} times")


if __name__ == "__main__":
    main()
