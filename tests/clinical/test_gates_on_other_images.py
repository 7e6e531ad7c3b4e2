"""No picture that is not a frontal chest film is ever scored, even when its header is lost."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from pydicom.data import get_testdata_file

from osler.analyse.film import look
from osler.analyse.gates import header_gate, pixel_gates, shape_gate
from osler.analyse.registry import default_folder, load_panel
from osler.analyse.study import Panel
from osler.clinical import Instance
from osler.errors import OslerError
from osler.standards.pictures import decode_first, read_content

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "dicom"
RADIOGRAPHS = frozenset({"CR", "DX", "MG", "RG", "PX", "IO", "XA", "RF"})
CHEST_FILMS = (
    "CR-ele-mono1__gdcm-CR-MONO1-10-chest.dcm",
    "CR-j2k-mono1__RG1_J2KI.dcm",
    "SC-jpeg-baseline-mono2__1.2.276.0.7230010.3.1.4.8323329.6904.1517875201.850819.dcm",
)


@pytest.fixture(scope="module")
def panel() -> Panel:
    """Return the shipped packages."""
    return load_panel(default_folder())[0]


def refusing_gates(instance: Instance, panel: Panel) -> dict[str, str | None]:
    """Return, for each package, the gate that refuses an image whose header states nothing."""
    bare = replace(instance, modality=None, body_part=None, view_position=None)
    picture = decode_first(instance)
    facts = look(picture, panel.anatomy.graph)
    found = {}
    for package in panel.judges:
        gate = (
            header_gate(bare, package.card)
            or shape_gate(picture, instance.frames, package.card)
            or pixel_gates(facts, package.fingerprint, package.card, age_years=None)
        )
        found[package.card.name] = gate.gate if gate is not None else None
    return found


@pytest.mark.parametrize("name", ["RG3_UNCI.dcm", "693_UNCI.dcm", "MR2_UNCI.dcm"])
def test_a_packaged_image_of_another_body_part_is_refused_by_its_pixels(
    name: str, panel: Panel
) -> None:
    """A tibia, a head and a shoulder reach the folder of chest films when headers are stripped."""
    path = get_testdata_file(name, download=False)
    if path is None:
        pytest.skip("pydicom-data is not installed")
    instance = read_content(Path(str(path)).read_bytes(), origin=name)
    gates = refusing_gates(instance, panel)
    assert gates
    assert None not in gates.values()


def test_every_other_radiograph_is_refused_by_its_pixels(panel: Panel) -> None:
    """A knee scored for pneumonia would get a number that looks like any other."""
    if not SHARED.is_dir():
        pytest.skip("the shared DICOM set is not on this machine")
    tried, accepted = 0, []
    with (SHARED / "index.csv").open(newline="", encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["modality"] in RADIOGRAPHS]
    for row in rows:
        path = SHARED / row["file"]
        if path.name in CHEST_FILMS:
            continue
        try:
            instance = read_content(path.read_bytes(), origin=path.name)
            if not instance.has_pixels:
                continue
            gates = refusing_gates(instance, panel)
        except OslerError:
            continue
        tried += 1
        accepted += [(path.name, name) for name, gate in gates.items() if gate is None]
    assert tried >= 8
    assert accepted == []


@pytest.mark.parametrize("name", CHEST_FILMS)
def test_an_adult_chest_film_of_any_maker_passes(name: str, panel: Panel) -> None:
    """A gate that refuses everything would pass every other test here."""
    found = list(SHARED.glob(f"*/{name}")) if SHARED.is_dir() else []
    if not found:
        pytest.skip("the shared DICOM set is not on this machine")
    gates = refusing_gates(read_content(found[0].read_bytes(), origin=name), panel)
    assert gates["cxr-adult"] is None
