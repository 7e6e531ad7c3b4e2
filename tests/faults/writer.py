"""A modality that never tires: stores studies and notes each instance that was acknowledged.

Killed and started again it goes on behind the last one noted; the one that it does not know of is
sent again, as a real sender would. Run as ``python -m faults.writer ACKNOWLEDGED``.
"""

import hashlib
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from make.dicom import a_dataset, a_file
from make.package import a_film
from osler.clinical import Instance
from osler.errors import TryLater
from osler.records import SERVICE, Desk, Purpose
from osler.settings import read_settings
from osler.standards.pictures import read_content
from osler.workflow.opening import open_kept

INSTANCES = 3
MOST_WAITING = 12
PAUSE_S = 0.2
NAME = "Zebedee^Quux"


def film(number: int) -> Instance:
    """Return the instance of this number: three make a study, three studies a patient."""
    study = number // INSTANCES
    noise = np.random.default_rng(number).integers(0, 6, (64, 64))
    pixels = np.clip(a_film().astype(np.int64)[:64, :64] + noise, 0, 255).astype(np.uint8)
    content = a_file(
        a_dataset(
            pixels,
            SOPInstanceUID=f"2.25.7{number:08d}",
            SeriesInstanceUID=f"2.25.8{study:08d}",
            StudyInstanceUID=f"2.25.9{study:08d}",
            PatientID=f"N{study // INSTANCES}",
            PatientName=NAME,
            PatientAge="050Y",
            BodyPartExamined="CHEST",
            ViewPosition="PA",
            InstanceNumber=number % INSTANCES + 1,
        )
    )
    return read_content(content, origin=f"film-{number}.dcm")


def send(desk: Desk, number: int) -> None:
    """Store one instance, however long that takes; the last of a study says that it is complete."""
    while True:
        now = datetime.now(UTC)
        try:
            stored = desk.studies.store(film(number), source="faults", now=now)
            if number % INSTANCES == INSTANCES - 1:
                desk.studies.complete(stored.study_id, now=now)
        except TryLater:
            time.sleep(PAUSE_S)
        else:
            return


def wait_for_room(desk: Desk) -> None:
    """Wait while the workers are behind, as a modality waits whose peer says that it is busy."""
    while True:
        try:
            if desk.jobs.waiting() < MOST_WAITING:
                return
        except TryLater:
            pass
        time.sleep(PAUSE_S)


def main(acknowledged: Path) -> None:
    """Store for ever."""
    number = acknowledged.read_bytes().count(b"\n") if acknowledged.exists() else 0
    notes = os.open(acknowledged, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    desk = opened()
    while True:
        if number % INSTANCES == 0:
            wait_for_room(desk)
        send(desk, number)
        digest = hashlib.sha256(film(number).content).hexdigest()
        os.write(notes, f"{number} {digest}\n".encode())
        number += 1


def opened() -> Desk:
    """Return the desk at records that are opened as soon as the database is there."""
    while True:
        try:
            return open_kept(read_settings(), create=True).acting(SERVICE, Purpose.OPERATIONS)
        except TryLater:
            time.sleep(PAUSE_S)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
