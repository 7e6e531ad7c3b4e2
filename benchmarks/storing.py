"""How fast are instances stored for good, beside Orthanc's REST upload on the same disk.

*read and stored*: four threads of one process read the header and store, as a door does.
*stored*: the same with instances read beforehand. Each is on disk (object, row, audit entry) when
it counts. Orthanc (Debian: orthanc) keeps its defaults, SyncStorageArea among them; it is left out
where it is not installed. Run: python benchmarks/storing.py [FOLDER]
"""

import http.client
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from pathlib import Path
from socket import socket
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from osler.records import SERVICE, MasterKey, Purpose, RecordsAt, open_records
from osler.standards.pictures import read_content

CR = UID("1.2.840.10008.5.1.4.1.1.1")
WRITERS = 4
# Name, side of the picture, how many, how many of one study.
CASES = (("40-KB", 140, 2000, 20), ("10-MB", 2236, 60, 1))


def files(side: int, count: int, of_a_study: int) -> list[bytes]:
    """Return DICOM files of noise, all different; a study is of one patient."""
    rng = np.random.default_rng(side)
    found = []
    for number in range(count):
        study = number // of_a_study
        dataset = Dataset()
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = CR
        uid = UID(f"2.25.{side}.{number + 1}")
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = uid
        dataset.StudyInstanceUID = f"2.25.{side}.1.{study + 1}"
        dataset.SeriesInstanceUID = f"2.25.{side}.2.{study + 1}"
        dataset.PatientID, dataset.PatientName = f"P{side}-{study}", "Doe^Jane"
        dataset.Modality, dataset.StudyDate = "CR", "20250102"
        dataset.Rows = dataset.Columns = side
        dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
        dataset.BitsAllocated = dataset.BitsStored = 16
        dataset.HighBit, dataset.PixelRepresentation = 15, 0
        dataset.PixelData = rng.integers(0, 4096, (side, side), dtype=np.uint16).tobytes()
        stream = BytesIO()
        dataset.save_as(stream, enforce_file_format=True)
        found.append(stream.getvalue())
    return found


def by_writers(things: Sequence[Any], put: Callable[[Any], object]) -> float:
    """Return how many a second four threads put; a study goes through one of them."""

    def work(first: int) -> None:
        for one in things[first::WRITERS]:
            put(one)

    began = time.monotonic()
    threads = [threading.Thread(target=work, args=(number,)) for number in range(WRITERS)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return len(things) / (time.monotonic() - began)


def osler(contents: list[bytes], folder: Path, *, read_before: bool) -> float:
    """Return how many a second Osler stores."""
    at = RecordsAt(
        database=f"sqlite:///{folder / 'osler.db'}",
        objects=str(folder / "objects"),
        master=MasterKey.of("5a" * 32),
    )
    with open_records(at, create=True) as records:
        studies = records.acting(SERVICE, Purpose.OPERATIONS).studies
        if read_before:
            instances = [read_content(one, origin="x") for one in contents]
            return by_writers(
                instances,
                lambda one: studies.store(one, source="benchmark", now=datetime.now(UTC)),
            )
        return by_writers(
            contents,
            lambda one: studies.store(
                read_content(one, origin="x"), source="benchmark", now=datetime.now(UTC)
            ),
        )


@contextmanager
def orthanc(folder: Path) -> Iterator[int]:
    """Run Orthanc while the block runs; its port."""
    program = shutil.which("Orthanc") or "/usr/sbin/Orthanc"
    with socket() as one, socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        port, dicom = one.getsockname()[1], other.getsockname()[1]
    settings = folder / "orthanc.json"
    settings.write_text(
        json.dumps(
            {
                "StorageDirectory": str(folder / "orthanc"),
                "HttpPort": port,
                "DicomPort": dicom,
                "RemoteAccessAllowed": False,
                "AuthenticationEnabled": False,
            }
        )
    )
    process = subprocess.Popen(
        [program, str(settings)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(200):
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port)
                connection.request("GET", "/system")
                connection.getresponse().read()
            except OSError:
                time.sleep(0.05)
            else:
                break
        yield port
    finally:
        process.terminate()
        process.wait()


def to_orthanc(contents: list[bytes], folder: Path) -> float | None:
    """Return how many a second Orthanc takes by REST; None where it is not installed."""
    if not (shutil.which("Orthanc") or Path("/usr/sbin/Orthanc").exists()):
        return None
    with orthanc(folder) as port:
        own = threading.local()

        def put(content: bytes) -> None:
            if not hasattr(own, "connection"):
                own.connection = http.client.HTTPConnection("127.0.0.1", port)
            own.connection.request("POST", "/instances", content)
            answer = own.connection.getresponse()
            answer.read()
            if answer.status != 200:
                sys.exit(f"Orthanc answered {answer.status}")

        return by_writers(contents, put)


def main() -> None:
    """Measure and print."""
    place = Path(sys.argv[1]) if len(sys.argv) > 1 else Path.cwd()
    for name, side, count, of_a_study in CASES:
        contents = files(side, count, of_a_study)
        size = len(contents[0]) / 1e6
        rates: dict[str, float | None] = {}
        measures: dict[str, Callable[[Path], float | None]] = {
            "read and stored": partial(osler, contents, read_before=False),
            "stored": partial(osler, contents, read_before=True),
            "Orthanc": partial(to_orthanc, contents),
        }
        for title, measure in measures.items():
            with tempfile.TemporaryDirectory(dir=place, prefix="osler-bench-") as folder:
                rates[title] = measure(Path(folder))
        peer = rates["Orthanc"]
        for title in ("read and stored", "stored"):
            rate = rates[title]
            assert rate is not None  # noqa: S101 - Osler is always measured
            beside = f"; {rate / peer:.2f} x Orthanc" if peer else ""
            print(f"{name} instances, {WRITERS} writers, {title}: {rate:.0f}/s, ", end="")
            print(f"{rate * size:.0f} MB/s{beside}")
        print(f"{name} instances, Orthanc: {f'{peer:.0f}/s' if peer else 'not installed'}")


if __name__ == "__main__":
    main()
