"""The sanity suite on a tiny package whose map is its answer, on drawn films."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from make.dataset import a_dataset
from make.package import a_card, a_film, a_judging_graph, a_package, an_anatomy, an_output
from osler.analyse.card import InputContract
from osler.analyse.package import Package, load_package
from osler.errors import InputRefused
from osler.learn.datasets.table import read_dataset
from osler.learn.foreign import Asked, evaluate_package
from osler.learn.sanity import sanity_figures


def a_judge(models: Path) -> Package:
    """Return a package of pictures whose logit is the mean brightness, drawn cell by cell."""
    contract = InputContract(
        modalities=(),
        body_parts=(),
        views=(),
        size=224,
        intensity="0 to 1",
        geometry="a square",
        min_pixels=8,
        scaling="range",
    )
    output = an_output("bright", positive_labels=("bright",))
    card = a_card("judge", task="picture", outputs=(output,), input=contract)
    return load_package(a_package(models, card, graph=a_judging_graph(weights=(60.0,), bias=-3.0)))


def spots(folder: Path, *, count: int = 8, ill: str = "bright") -> Path:
    """Write pictures with one bright spot, and masks of it."""
    lines, films = [], {}
    for number in range(count):
        film = np.zeros((224, 224), dtype=np.float32)
        row, column = 32 * (number % 6) + 34, 32 * (number % 5) + 34
        film[row : row + 28, column : column + 28] = 255.0
        films[f"{number}.png"] = film
        lines.append(
            {
                "file": f"{number}.png",
                "patient_id": f"p{number}",
                "label": ill,
                "mask": f"m{number}.png",
            }
        )
    a_dataset(folder, lines, films=films)
    for number in range(count):
        Image.fromarray(films[f"{number}.png"].astype(np.uint8)).save(folder / f"m{number}.png")
    return folder


def test_a_map_that_is_the_answer_passes_every_check(tmp_path: Path) -> None:
    """The peak lies in the spot, and the spot is what the answer hangs on."""
    rows = read_dataset(spots(tmp_path / "drawn"))
    found = sanity_figures(a_judge(tmp_path / "models"), rows, seed=1)
    values = {name.partition(" (n=")[0]: one.value for name, one in found.items()}
    assert values["sanity: peak of the map inside what was drawn"] == 1.0
    assert values["sanity: the same, a point by chance"] == pytest.approx(28 * 28 / 224**2)
    blurred = values["sanity: probability while the map's cells are blurred first"]
    assert blurred < values["sanity: the same, cells by chance"]
    sharpened = values["sanity: probability while the map's cells are sharpened first"]
    assert sharpened > values["sanity: the same sharpened, cells by chance"]


def test_without_a_positive_picture_nothing_is_checked(tmp_path: Path) -> None:
    """A map for a finding that is not there points at nothing."""
    rows = read_dataset(spots(tmp_path / "drawn", ill="dark"))
    with pytest.raises(InputRefused, match="no positive picture"):
        sanity_figures(a_judge(tmp_path / "models"), rows, seed=1)


def test_a_package_without_outputs_has_no_maps(tmp_path: Path) -> None:
    """An outline is no map of an answer."""
    anatomy = load_package(an_anatomy(tmp_path / "models"))
    rows = read_dataset(a_dataset(tmp_path / "drawn", [{"file": "a.png"}]))
    with pytest.raises(InputRefused, match="no outputs to check"):
        sanity_figures(anatomy, rows, seed=1)


def test_evaluate_prints_the_checks_when_asked(tmp_path: Path) -> None:
    """They take minutes on a large package: only who asks waits."""
    models = tmp_path / "models"
    output = an_output("Mass")
    package = load_package(a_package(models, a_card("films", outputs=(output,))))
    anatomy = load_package(an_anatomy(models))
    lines = [{"file": f"{n}.png", "patient_id": f"p{n}", "Mass": n % 2} for n in range(12)]
    films = {f"{n}.png": np.clip(a_film() + n, 0, 255) for n in range(12)}
    folder = a_dataset(tmp_path / "drawn", lines, films=films)
    assert "evidence" not in evaluate_package(package, anatomy, folder)
    found = evaluate_package(package, anatomy, folder, asked=Asked(sanity=True))
    assert any("shuffled" in name for name in found["evidence"])
