"""Every file of the shared conformance set: pixels, a document, or one clear sentence."""

import csv
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from osler.clinical import Instance, Picture
from osler.errors import NotReadable, NotSupported, OslerError
from osler.standards.pictures import decode, decode_first, group_studies, read_content, to_volume

REPOSITORY = Path(__file__).resolve().parents[3]
SET = REPOSITORY / ".." / "shared" / "data" / "dicom"
EXPECTED = json.loads(Path(__file__).with_name("expected.json").read_text(encoding="utf-8"))

pytestmark = pytest.mark.skipif(
    not (SET / "index.csv").is_file(), reason="the shared conformance set is not on this machine"
)

LOSSLESS = {
    "CT2": ("J2KR", "JPLL", "JLSL", "RLE"),
    "NM1": ("J2KR", "JPLL", "JLSL", "RLE"),
    "US1": ("J2KR", "RLE"),
}
NOT_LOSSLESS = ("j2k-mono2", "jpeg-baseline", "near")
FREE_CODECS_MISS = 14


@cache
def rows() -> tuple[dict[str, str], ...]:
    """Return the lines of the set's index."""
    with (SET / "index.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def read(name: str) -> Instance:
    """Read one file of the set."""
    return read_content((SET / name).read_bytes(), origin=name)


def found_in(folder: str, *parts: str) -> Path:
    """Return the one file of a folder whose name holds all the parts."""
    (path,) = (
        path for path in (SET / folder).iterdir() if all(part in path.name for part in parts)
    )
    return path


def pixels_of(path: Path) -> np.ndarray:
    """Return the first picture of a file."""
    return decode_first(read(path.relative_to(SET).as_posix())).pixels


@cache
def outcomes() -> dict[str, tuple[str, str]]:
    """Return for each file what came of it, and the sentence where it was refused."""
    return {row["file"]: _outcome(row["file"]) for row in rows()}


def _outcome(name: str) -> tuple[str, str]:
    try:
        instance = read(name)
    except OslerError as error:
        return "refused_at_reading", str(error)
    if not instance.has_pixels:
        return "no_pixels", ""
    try:
        pictures = decode(instance)
    except NotSupported as error:
        return "not_decoded_by_free_codecs", str(error)
    except NotReadable as error:
        return "damaged", str(error)
    assert all(_is_sound(picture) for picture in pictures), name
    return "pictures", ""


def _is_sound(picture: Picture) -> bool:
    """Tell whether a picture is finite, and its window in order."""
    low, high = picture.window
    return bool(np.isfinite(picture.pixels).all()) and low <= high


@pytest.mark.parametrize("kind", list(EXPECTED))
def test_exactly_the_listed_files_are_not_shown(kind: str) -> None:
    """A film that is no longer read, or newly misread, must show at the next change."""
    found = {name for name, (outcome, _) in outcomes().items() if outcome == kind}
    assert found == set(EXPECTED[kind])


def test_every_refusal_is_the_sentence_that_is_listed() -> None:
    """The sender acts on the sentence; it must name the file and the cause."""
    for kind in ("refused_at_reading", "not_decoded_by_free_codecs", "damaged"):
        for name, sentence in EXPECTED[kind].items():
            assert outcomes()[name][1].startswith(f"{name}: {sentence}; ")


def test_every_other_file_gives_pictures() -> None:
    """473 files: 387 show pictures."""
    assert len(rows()) == 473
    assert sum(outcome == "pictures" for outcome, _ in outcomes().values()) == 387


def test_every_valid_file_is_read_but_for_the_codecs_and_the_index_files() -> None:
    """A sound film that is refused is a patient who is not looked at."""
    allowed = {"pictures", "no_pixels", "not_decoded_by_free_codecs"}
    bad = [
        row["file"]
        for row in rows()
        if row["valid"] == "yes"
        and outcomes()[row["file"]][0] not in allowed
        and "DICOMDIR" not in row["file"]
    ]
    assert bad == []


def test_the_undecodable_files_are_those_that_pydicom_and_free_codecs_miss_too() -> None:
    """Only a codec that is missing excuses a sound film that is not shown."""
    assert len(EXPECTED["not_decoded_by_free_codecs"]) == FREE_CODECS_MISS
    valid = {row["file"] for row in rows() if row["valid"] == "yes"}
    assert len(valid & set(EXPECTED["not_decoded_by_free_codecs"])) == 10


def test_lossless_encodings_of_one_slice_are_bit_identical() -> None:
    """The archive's choice of codec must not change a diagnosis."""
    folder = SET / "ct_one_image_all_transfer_syntaxes"
    plain = pixels_of(found_in(folder.name, "LittleEndianExplicit"))
    compared = 0
    for path in sorted(folder.glob("CT-*")):
        name = path.relative_to(SET).as_posix()
        lossy = any(part in path.name for part in NOT_LOSSLESS)
        if lossy or name in EXPECTED["not_decoded_by_free_codecs"]:
            continue
        assert np.array_equal(pixels_of(path), plain), path.name
        compared += 1
    assert compared == 9


@pytest.mark.parametrize(
    ("image", "codec"), [(image, codec) for image in LOSSLESS for codec in LOSSLESS[image]]
)
def test_lossless_encodings_of_the_reference_images_are_bit_identical(
    image: str, codec: str
) -> None:
    """NEMA WG-04: colour and grey, signed and unsigned."""
    folder = "wg04_same_image_many_codecs"
    plain = pixels_of(found_in(folder, f"{image}_UNC"))
    assert np.array_equal(pixels_of(found_in(folder, f"{image}_{codec}")), plain)


@pytest.mark.parametrize(
    ("part", "worst"),
    [("JPEG-LS-Lossless", 0), ("JPEG-Lossless_RGB", 0), ("YBRFull", 30), ("Palette", 60)],
)
def test_colours_of_one_pattern_agree_across_codecs(part: str, worst: int) -> None:
    """A wrong colour matrix turns a pale disc into a healthy one."""
    plain = pixels_of(found_in("codec_colour", "TestPattern_RGB"))
    difference = np.abs(pixels_of(found_in("codec_colour", part)) - plain)
    assert difference.mean() <= 1.0
    assert np.percentile(difference, 99) <= worst


def test_a_monochrome1_chest_film_comes_out_with_bright_bones() -> None:
    """In negative, clear lungs look like whitened ones."""
    shown = decode_first(read("chest_radiographs/CR-ele-mono1__gdcm-CR-MONO1-10-chest.dcm"))
    rows_count, columns = shown.pixels.shape
    middle = slice(rows_count // 3, rows_count // 2)
    spine = np.median(shown.pixels[middle, int(columns * 0.42) : int(columns * 0.5)])
    right_lung = np.median(shown.pixels[middle, int(columns * 0.2) : int(columns * 0.3)])
    beside_the_body = np.median(shown.pixels[:20, -10:])
    assert beside_the_body < right_lung < spine
    assert shown.window[0] < right_lung < shown.window[1]


def test_a_brain_series_is_spaced_by_position() -> None:
    """Slice Thickness says 5 mm; slices step 6.385 mm upwards, 6.5 mm along their normal."""
    folder = SET / "series_mr_brain_tumour_t1post"
    members = [read(path.relative_to(SET).as_posix()) for path in sorted(folder.iterdir())]
    (study,) = group_studies(members).studies
    volume = to_volume(study.series[0].instances)
    assert len(volume.voxels) == 22
    assert volume.affine[2, 0] == pytest.approx(6.385, abs=5e-4)
    assert np.linalg.norm(volume.affine[:3, 0]) == pytest.approx(6.5, abs=1e-3)


def test_a_chest_ct_is_in_hounsfield_units_three_millimetres_apart() -> None:
    """Air must be near -1000, or every threshold is off."""
    paths = sorted((SET / "series_ct_lung_ibsi1").glob("DCM_IMG*"))
    members = [read(path.relative_to(SET).as_posix()) for path in paths]
    volume = to_volume(members)
    assert volume.voxels.shape == (60, 201, 204)
    assert volume.measured == "HU"
    assert volume.affine[2, 0] == pytest.approx(3.0)
    assert np.percentile(volume.voxels, 5) == pytest.approx(-1000, abs=60)


def _names_with_japanese_or_korean() -> Iterator[tuple[str, str]]:
    """Yield files and a piece of the patient's name as the standard's annexes H and I print it."""
    yield "charset/CR-ele-mono1__chrJapMulti.dcm", "やまだ^たろう"
    yield "charset/CR-ele-mono1__chrKoreanMulti.dcm", "김희중"


@pytest.mark.parametrize(("name", "piece"), list(_names_with_japanese_or_korean()))
def test_names_in_other_scripts_are_read(name: str, piece: str) -> None:
    """A name that turns to noise cannot be checked against the patient's wristband."""
    assert piece in (read(name).patient.name or "")


def test_the_reference_page_names_every_refused_file() -> None:
    """A user whose film is refused looks there first."""
    page = (REPOSITORY / "docs" / "reference" / "images.md").read_text(encoding="utf-8")
    for kind in ("refused_at_reading", "not_decoded_by_free_codecs", "damaged"):
        for name, sentence in EXPECTED[kind].items():
            assert f"| `{name}` | {sentence} |" in page
