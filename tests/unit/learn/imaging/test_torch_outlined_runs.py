"""Smallest recipes of volumes, boxes and thin structures trained from folder to figures (torch).

Every data set has a file that breaks in the middle of it.
"""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch", reason="the training bench needs torch (pip extra 'train')")

from house.tree import REPOSITORY  # noqa: E402 - torch has to be there first
from make.outlined import boxed_pictures, outlined_pictures, smallest, volumes  # noqa: E402
from osler.analyse.card import read_card  # noqa: E402
from osler.learn.imaging.bench import ImageBench  # noqa: E402
from osler.learn.imaging.making import make_package  # noqa: E402
from osler.learn.imaging.outlined_tasks import make_outlined, plan_of_outlines, trained_on_outlines  # noqa: E402
from osler.learn.imaging.sheet import write_sheet  # noqa: E402

# The exporter by tracing is what gives one plain graph; torch announces its end by a warning.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:.*legacy TorchScript.*"),
    pytest.mark.filterwarnings("ignore:Constant folding"),
    pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning"),
    pytest.mark.filterwarnings("ignore:.*instance_norm.*"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
]
SHORT = {"fit": {"epochs": 1}}


def a_bench(folder: Path, task: str, modality: str, **more: Any) -> ImageBench:  # noqa: ANN401
    """Return a bench of the data set in folder/data/spots."""
    recipe = smallest(task, modality, "spots", **more)
    return ImageBench(recipe, folder, folder / "data", folder / "runs", lambda *_: None)


def test_volumes_become_a_package_without_their_broken_file(tmp_path: Path) -> None:
    """From a folder to a card by a recipe of twelve lines; the broken volume is told, not fatal."""
    (volumes(tmp_path / "data" / "spots") / "v1.nii.gz").write_bytes(b"\x1f\x8bbroken")
    (tmp_path / "data" / "spots" / "m7.nii.gz").unlink()
    text = (REPOSITORY / "recipes" / "cards" / "hippocampus-mr.toml").read_text(encoding="utf-8")
    card_text = text.replace("msd-hippocampus", "spots")
    (tmp_path / "spots-small.toml").write_text(card_text, encoding="utf-8")
    bench = a_bench(tmp_path, "volume", "mr", **SHORT)
    told: list[str] = []
    place = make_package(bench, tmp_path / "models", say=told.append)
    card = read_card(place / "card.json")
    assert card.input.window == (24, 24, 24)
    assert card.training.datasets[0].films == 5
    (test,) = card.evaluation
    assert test.films == 1
    assert test.note.endswith("; 1 test rows were left out, named in plan.json")
    assert "2 left out" in told[0]
    assert any(line.startswith("left out: v1.nii.gz") for line in told)
    assert any(line.startswith("patch = (24, 24, 24): the median volume") for line in told)
    assert (bench.folder() / "plan.json").is_file()


def test_boxes_are_learnt_without_their_broken_file(tmp_path: Path) -> None:
    """The cut-offs come from val, the figures from test, the broken picture from nowhere."""
    (boxed_pictures(tmp_path / "data" / "spots") / "b1.png").write_bytes(b"broken")
    bench = a_bench(tmp_path, "detection", "microscopy", **SHORT)
    plan = plan_of_outlines(bench)
    assert list(plan.fingerprint.left_out) == ["b1.png"]
    made, trained = make_outlined(bench, plan), trained_on_outlines(bench, plan)
    assert trained.contract.size == 128
    assert len(trained.learnt_from().rows) == 3
    assert made.figures[0].films == 2
    assert made.figures[0].note.startswith("cut-offs chosen on val for the highest F1")
    assert set(made.thresholds) == {"spot"}


def test_lines_are_learnt_without_their_broken_file_and_without_val(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Cut-offs chosen on what was learnt are told on the card, a late break in the log."""
    folder = outlined_pictures(tmp_path / "data" / "spots")
    table = (folder / "labels.csv").read_text(encoding="utf-8")
    (folder / "labels.csv").write_text(table.replace(",val", ",train"), encoding="utf-8")
    (folder / "m1.png").write_bytes(b"broken")
    bench = a_bench(tmp_path, "segmentation", "fundus", **SHORT)
    plan = plan_of_outlines(bench)
    (folder / "f2.png").write_bytes(b"broken as well")
    with caplog.at_level(logging.WARNING):
        made = make_outlined(bench, plan)
    assert "it broke after it was looked at: f2.png" in caplog.text
    assert trained_on_outlines(bench, plan).contract.size == 128
    assert made.figures[0].note.endswith("cut-offs chosen on train")
    assert made.figures[0].films == 2


@pytest.mark.parametrize(
    ("task", "modality", "size"),
    [
        ("volume", "mr", (24, 24)),
        ("detection", "microscopy", (128, 128)),
        ("segmentation", "fundus", (64, 64)),
    ],
)
def test_a_sheet_shows_outlines_on_what_training_sees(
    task: str, modality: str, *, size: tuple[int, int], tmp_path: Path
) -> None:
    """A mask that lies beside its vessel is seen before a night of training, not after."""
    written = {"volume": volumes, "detection": boxed_pictures, "segmentation": outlined_pictures}
    written[task](tmp_path / "data" / "spots")
    count = write_sheet(a_bench(tmp_path, task, modality), tmp_path / "sheet.png")
    sheet = np.asarray(Image.open(tmp_path / "sheet.png"))
    assert count == (6 if task == "volume" else 4)
    assert sheet.shape == (count * (size[0] + 4), 8 * (size[1] + 4), 3)
    yellow = (sheet == (255, 220, 0)).all(axis=2)
    assert 20 < int(yellow[:, : size[1]].sum()) < yellow[:, : size[1]].size / 4
