"""Real films from pydicom-data, edits of them, and the packages that come with Osler."""

import warnings
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from pydicom import Dataset, dcmread
from pydicom.data import get_testdata_file
from pydicom.filewriter import dcmwrite

from osler import workflow
from osler.analyse.registry import ANATOMY, default_folder
from osler.clinical import Draft
from osler.errors import NotAllowed, NotFound
from osler.settings import read_settings
from osler.standards.pictures import decode_first, read_content
from osler.workflow import Resources, load_resources

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
CHEST, TIBIA, HEAD_CT, SHOULDER_MR = "RG1_UNCI", "RG3_UNCI", "693_UNCI", "MR2_UNCI"
CHEST_STUDY = "1.3.6.1.4.1.5962.1.2.9.20040826185059.5457"
RECORD = Path(workflow.__file__).parent / "_samples" / "adult_cough.fhir.json"
STATES = ("Modality", "BodyPartExamined", "ViewPosition", "PatientAge", "PatientBirthDate")
Grey = npt.NDArray[np.uint8]
Pretests = Mapping[str, tuple[float, str]]


def film_path(name: str) -> Path:
    """Return the path of a film of pydicom-data; skip where the package is absent."""
    found = get_testdata_file(f"{name}.dcm", download=False)
    if found is None:
        pytest.skip(f"{name}.dcm is not here: install pydicom-data")
    return Path(str(found))


def film_bytes(name: str = CHEST) -> bytes:
    """Return the bytes of a film."""
    return film_path(name).read_bytes()


def edited(
    name: str = CHEST, *, edit: Callable[[Dataset], None] | None = None, **to: object
) -> bytes:
    """Return a film with elements set or, with None, removed; other patients' films are made so."""
    dataset = dcmread(BytesIO(film_bytes(name)))
    for keyword, value in to.items():
        if value is None:
            dataset.pop(keyword, None)
        else:
            setattr(dataset, keyword, value)
    if edit is not None:
        edit(dataset)
    if "SOPInstanceUID" in to:
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    buffer = BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the samples themselves break some rules
        dcmwrite(buffer, dataset)
    return buffer.getvalue()


def stripped(name: str) -> bytes:
    """Return a film whose header does not say what it shows, nor of whom."""
    return edited(name, **dict.fromkeys(STATES))


@cache
def grey(name: str = CHEST) -> Grey:
    """Return a film as its window shows it, 8 bits."""
    picture = decode_first(read_content(film_bytes(name), origin=name))
    low, high = picture.window
    shown = np.clip((picture.pixels - low) / (high - low), 0, 1) * 255
    return np.asarray(shown.round(), dtype=np.uint8)


def png(pixels: Grey) -> bytes:
    """Return grey values as a PNG file."""
    buffer = BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, format="PNG")
    return buffer.getvalue()


def put(folder: Path, **files: bytes) -> list[Path]:
    """Write films, named by keyword and without extension, and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, content in files.items():
        path = folder / name
        path.write_bytes(content)
        paths.append(path)
    return paths


def resources(*, pretests: Pretests | None = None) -> Resources:
    """Load the packages that the settings name, by default those that come with Osler, at NOW."""
    settings = read_settings()
    try:
        return load_resources(
            models=settings.models_dir,
            allowed=settings.allow_models,
            pretests=pretests,
            now=NOW,
        )
    except NotFound:
        pytest.skip(f"{ANATOMY} is not in {models_folder()} yet")


def models_folder() -> Path:
    """Return the folder of packages that the settings name."""
    return read_settings().models_dir or default_folder()


def judging(*names: str, pretests: Pretests | None = None) -> Resources:
    """Load the packages; skip while one that the test needs is not there."""
    try:
        found = resources(pretests=pretests)
    except NotAllowed as error:
        pytest.skip(f"the packages are being rebuilt: {error}")
    there = {package.card.name for package in found.panel.judges}
    if absent := [name for name in names if name not in there]:
        pytest.skip(f"not in {models_folder().name}/ yet: {', '.join(absent)}")
    return found


def adult(*, pretests: Pretests | None = None) -> Resources:
    """Load the packages; skip while there is none for adults' films."""
    return judging("cxr-adult", pretests=pretests)


def probabilities(draft: Draft) -> dict[tuple[str, str], float]:
    """Return each finding's probability by package and name."""
    return {(one.model.name, one.name): one.probability.value for one in draft.findings}


def left_behind(folder: Path) -> list[str]:
    """Return hidden and unfinished things under a folder of reports, and anything unexpected."""
    expected = {"report.pdf", "report.html", "report.json", "report.fhir.json"}
    wrong = [path.name for path in _all_under(folder) if path.name.startswith(".")]
    for report in folder.iterdir() if folder.is_dir() else ():
        found = {path.name for path in report.iterdir()} if report.is_dir() else {report.name}
        wrong += sorted(found ^ expected)
    return wrong


def _all_under(folder: Path) -> Iterable[Path]:
    """Return all that lies under a folder."""
    return folder.rglob("*") if folder.is_dir() else ()
