"""A data set tells what is wrong with it before a night of training does."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from make.images import a_labelled_folder, drawn
from osler.cli.main import app
from osler.errors import InputRefused, Misuse, NotFound
from osler.learn.datasets.checking import Doubt
from osler.learn.datasets.preparing import Split, prepare_dataset, read_shares

SHARES = {"train": 0.6, "val": 0.2, "test": 0.2}


def doubts(folder: Path) -> dict[str, Doubt]:
    """Return the doubts about a data set by their kind."""
    _, manifest = prepare_dataset(folder)
    return {one.kind: one for one in manifest.doubts}


def test_a_sound_data_set_raises_no_doubt(tmp_path: Path) -> None:
    """Whoever did everything right must not be bothered."""
    folder = a_labelled_folder(
        tmp_path,
        [drawn(n) for n in range(20)],
        label=["a", "b"] * 10,
        patient_id=[f"p{n}" for n in range(20)],
        split=["train"] * 12 + ["val"] * 4 + ["test"] * 4,
    )
    _, manifest = prepare_dataset(folder)
    assert manifest.doubts == ()
    assert manifest.summary["splits"] == {"test": 4, "train": 12, "val": 4}
    assert manifest.summary["rows"] == [96, 96, 96]


def test_repeats_are_found_whatever_was_done_to_them(tmp_path: Path) -> None:
    """The same film comes again smaller, brighter, as JPEG or turned over, under another name."""
    images = [drawn(n) for n in range(12)]
    smaller = np.asarray(Image.fromarray(images[0]).resize((100, 75)))
    brighter = np.clip(images[1].astype(int) * 0.8 + 40, 0, 255).astype(np.uint8)
    folder = a_labelled_folder(
        tmp_path,
        [*images, images[2], smaller, brighter, images[3][:, ::-1]],
        label=["a", "b"] * 8,
        patient_id=[f"p{n}" for n in range(16)],
        split=["train"] * 12 + ["test"] * 4,
    )
    Image.fromarray(images[4]).save(tmp_path / "again.jpg", quality=60)
    with (tmp_path / "labels.csv").open("a", encoding="utf-8") as table:
        table.write("again.jpg,a,p16,test\n")
    found = doubts(folder)
    assert set(found) == {"repeat across splits", "repeat with another label"}
    said = "\n".join(found["repeat across splits"].examples)
    assert found["repeat across splits"].count == 5
    assert "002.png = 012.png (same pixels, 1.000)" in said
    assert "000.png = 013.png (nearly the same" in said
    assert "001.png = 014.png (nearly the same" in said
    assert "003.png = 015.png (mirrored" in said
    assert "004.png = again.jpg (nearly the same" in said


def test_slices_of_one_scan_are_alike_and_no_repeats(tmp_path: Path) -> None:
    """Two neighbouring slices look the same because they are neighbours."""
    first = drawn(1)
    second = np.clip(first.astype(int) + 1, 0, 255).astype(np.uint8)
    rest = [drawn(n) for n in range(2, 12)]
    folder = a_labelled_folder(
        tmp_path,
        [first, second, *rest],
        label=["a", "b"] * 6,
        patient_id=["p1", "p1", *(f"p{n}" for n in range(2, 12))],
    )
    assert doubts(folder) == {}


def test_files_that_are_absent_broken_empty_or_unlisted_are_named(tmp_path: Path) -> None:
    """One bad file in ten thousand must not end the run at three in the morning."""
    folder = a_labelled_folder(
        tmp_path,
        [*(drawn(n) for n in range(10)), np.full((50, 50), 7, np.uint8)],
        label=["a"] * 5 + ["b"] * 6,
        patient_id=[f"p{n}" for n in range(11)],
    )
    (folder / "000.png").unlink()
    (folder / "001.png").write_bytes(b"no picture")
    Image.fromarray(drawn(99)).save(folder / "nobody.png")
    found = doubts(folder)
    assert set(found) == {"absent", "unreadable", "one grey", "not listed"}
    assert found["absent"].examples == ("000.png",)
    assert "001.png" in found["unreadable"].examples[0]
    assert found["one grey"].examples == ("010.png",)
    assert found["not listed"].examples == ("nobody.png",)
    assert found["one grey"].sentence.startswith("1 file shows nothing")


def test_patients_on_both_sides_and_classes_of_one_patient_are_named(tmp_path: Path) -> None:
    """A figure on patients who were learnt from says nothing."""
    folder = a_labelled_folder(
        tmp_path,
        [drawn(n) for n in range(14)],
        label=["rare", "rare", *["a", "b"] * 6],
        patient_id=["p0", "p0", *(f"p{n}" for n in range(1, 13))],
        split=["train", "test", *["train", "train", "test"] * 4],
    )
    found = doubts(folder)
    assert set(found) == {"patient across splits", "one patient"}
    assert found["patient across splits"].examples == ("000.png", "001.png")
    assert found["one patient"].sentence.startswith("class 'rare': 2 files are all there is")


def test_a_single_class_and_nameless_patients_are_told(tmp_path: Path) -> None:
    """There is nothing to tell apart, and nobody knows who is who."""
    folder = a_labelled_folder(tmp_path, [drawn(n) for n in range(6)], label=["a"] * 5 + [""])
    found = doubts(folder)
    assert set(found) == {"one class", "no label", "patient unknown"}


def test_a_new_split_keeps_patients_and_repeats_together(tmp_path: Path) -> None:
    """The same split for the same seed, another for another, and nobody on both sides."""
    images = [drawn(n) for n in range(40)]
    folder = a_labelled_folder(
        tmp_path,
        [*images, *images[:5]],
        label=[*["a", "a", "a", "b"] * 10, *["a", "a", "a", "b", "a"]],
        patient_id=[*(f"p{n // 2}" for n in range(40)), *(f"q{n}" for n in range(5))],
        split=[*["exclude"], *["train"] * 44],
    )
    read, manifest = prepare_dataset(folder, split=Split(SHARES, seed=3))
    assert {one.kind for one in manifest.doubts} == {"repeat"}
    splits = [row.split for row in read.rows]
    assert splits[0] == "exclude"
    assert all(splits[n] == splits[40 + n] for n in range(1, 5))
    assert {one: splits.count(one) for one in ("val", "test")} == pytest.approx(
        {"val": 9, "test": 9}, abs=2
    )
    with_b = [splits[n] for n, row in enumerate(read.rows) if row.columns["label"] == "b"]
    assert with_b.count("test") == pytest.approx(2, abs=1)
    again, _ = prepare_dataset(folder, split=Split(SHARES, seed=3))
    other, _ = prepare_dataset(folder, split=Split(SHARES, seed=4))
    assert [row.split for row in again.rows] == splits
    assert [row.split for row in other.rows] != splits


def test_a_split_by_time_tests_on_what_came_last(tmp_path: Path) -> None:
    """A model is used on the patients of tomorrow."""
    folder = a_labelled_folder(
        tmp_path,
        [drawn(n) for n in range(10)],
        label=["a", "b"] * 5,
        patient_id=["old", *(f"p{n}" for n in range(8)), "old"],
        taken=[f"2026-01-{10 + n}" for n in range(10)],
    )
    read, _ = prepare_dataset(folder, split=Split(SHARES, time="taken"))
    splits = [row.split for row in read.rows]
    assert splits == ["test", *["train"] * 6, "val", "val", "test"]


@pytest.mark.parametrize("text", ["70/10", "70/10/10", "100/0/0", "a/b/c"])
def test_shares_that_make_no_split_are_refused(text: str) -> None:
    """A typing error must not become a test set of nothing."""
    with pytest.raises(Misuse, match="three percentages that make 100"):
        read_shares(text)


def test_what_is_no_data_set_is_told(tmp_path: Path) -> None:
    """Each with what was expected."""
    with pytest.raises(NotFound, match=r"no labels\.csv"):
        prepare_dataset(tmp_path)
    folder = a_labelled_folder(tmp_path, [drawn(1), drawn(2)], label=["a", "b"])
    with pytest.raises(InputRefused, match="no column 'grade'; expected one of file, label"):
        prepare_dataset(folder, label="grade")
    with pytest.raises(InputRefused, match="has 2 patients; expected at least 3"):
        prepare_dataset(folder, split=Split(SHARES))


def test_the_command_writes_a_manifest_and_a_table_and_leaves_the_old_one(tmp_path: Path) -> None:
    """What was trained on can be told years later by one hash."""
    folder = a_labelled_folder(
        tmp_path / "films",
        [drawn(n) for n in range(10)],
        label=["a", "b"] * 5,
        patient_id=[f"p{n}" for n in range(10)],
    )
    before = (folder / "labels.csv").read_bytes()
    out = tmp_path / "out"
    asked = ["prepare", "dataset", str(folder), "--split", "60/20/20", "--out", str(out)]
    ran = CliRunner().invoke(app, asked)
    assert ran.exit_code == 0, ran.output
    assert "films: 10 files, 10 read" in ran.output
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["sha256"] in ran.output
    assert {"file", "sha256", "pixels", "patient", "group", "split", "label"} == set(
        manifest["rows"][0]
    )
    assert (folder / "labels.csv").read_bytes() == before
    with (out / "labels.csv").open() as stream:
        written = [row["split"] for row in csv.DictReader(stream)]
    assert written == [row["split"] for row in manifest["rows"]]
