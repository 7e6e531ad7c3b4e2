"""From a file and a written card to a package that is served, or refused by name. No torch."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from make.dataset import a_dataset
from make.package import a_card, a_film, a_judging_graph, a_package, an_anatomy
from make.written import FILES, a_written_card, written
from osler.analyse.card import UNFITTED
from osler.analyse.package import Package, load_package
from osler.errors import InputRefused, NotAllowed, NotFound, NotSupported
from osler.learn.datasets.table import read_dataset
from osler.learn.importing.building import import_model
from osler.learn.importing.likeness import Kin
from osler.learn.package_files import list_shipped
from osler.learn.scoring import score_rows

ALLOWED = frozenset({"theirs", "chest-anatomy"})


@pytest.fixture
def anatomy(tmp_path: Path) -> Package:
    """Return the tiny anatomy whose features the gates use."""
    return load_package(an_anatomy(tmp_path / "shipped"), allowed=ALLOWED)


def a_brightness_model(folder: Path) -> Path:
    """Write a model whose logit is the mean brightness, less what a drawn film has."""
    file = folder / "bright.onnx"
    file.write_bytes(a_judging_graph(weights=(40.0,), bias=-18.0))
    return file


def drawn(folder: Path, *, count: int = 60, labelled: bool = True) -> Path:
    """Write drawn films, every other one brighter and labelled so; a third are for testing."""
    rng = np.random.default_rng(3)
    lines: list[dict[str, object]] = []
    films = {}
    for number in range(count):
        name = f"{number}.png"
        bright = number % 2
        lines.append(
            {
                "file": name,
                "patient_id": f"p{number}",
                "split": "test" if number % 3 == 0 else "train",
                **({"label": "bright" if bright else "dark"} if labelled else {}),
            }
        )
        noise = rng.normal(0, 4, (224, 224))
        film = np.clip(a_film() + 40 * bright * rng.random() + noise, 0, 255)
        films[name] = film.astype(np.float32)
    return a_dataset(folder, lines, films=films)


def card_of(folder: Path, **changes: Any) -> Path:  # noqa: ANN401 - any key of a card
    """Write the card of the brightness model."""
    content = written("bright", size=224, graph={"output": "logits"}, **changes)
    content["outputs"][0]["positive"] = ["bright"]
    content["input"] |= {"scaling": "range"}
    return a_written_card(folder, content)


def test_with_pictures_of_its_kind_a_model_becomes_a_package_that_loads(
    tmp_path: Path, anatomy: Package
) -> None:
    """Gates, calibration and figures are made on what the hospital gives."""
    kin = Kin(like=drawn(tmp_path / "drawn"))
    place = import_model(
        a_brightness_model(tmp_path),
        card_of(tmp_path),
        tmp_path / "models",
        anatomy=anatomy,
        kin=kin,
    )
    package = load_package(place, allowed=ALLOWED)
    assert place == tmp_path / "models" / "theirs" / "1.0.0"
    assert package.card.parity < 1e-4
    assert package.card.gates.tuned_with == ("drawn",)
    assert package.card.outputs[0].calibration.films == 40
    assert package.card.evaluation[0].outputs["bright"].films == 20
    assert not (tmp_path / "models" / "shipped.json").exists()


def test_it_is_used_only_where_it_is_allowed_by_name(tmp_path: Path, anatomy: Package) -> None:
    """What somebody downloaded must not begin to judge patients by lying in a folder."""
    kin = Kin(like=drawn(tmp_path / "drawn"))
    place = import_model(
        a_brightness_model(tmp_path),
        card_of(tmp_path),
        tmp_path / "models",
        anatomy=anatomy,
        kin=kin,
    )
    with pytest.raises(NotAllowed, match="OSLER_ALLOW_MODELS=theirs"):
        load_package(place)


def test_without_pictures_of_its_kind_it_is_refused_by_name(tmp_path: Path) -> None:
    """A model without gates would score a photograph of a cat, even where it is allowed."""
    place = import_model(
        a_brightness_model(tmp_path),
        card_of(tmp_path),
        tmp_path / "models",
        anatomy=None,
        kin=Kin(),
    )
    with pytest.raises(NotAllowed, match=f"theirs 1.0.0: {UNFITTED}"):
        load_package(place, allowed=ALLOWED)


def test_without_labels_outputs_are_not_assessed_with_the_reason(
    tmp_path: Path, anatomy: Package
) -> None:
    """An uncalibrated score shown as a probability misleads whoever reads it."""
    kin = Kin(like=drawn(tmp_path / "drawn", labelled=False))
    place = import_model(
        a_brightness_model(tmp_path),
        card_of(tmp_path),
        tmp_path / "models",
        anatomy=anatomy,
        kin=kin,
    )
    output = load_package(place, allowed=ALLOWED).card.outputs[0]
    assert not output.shipped
    assert "say nothing of it" in (output.not_assessed_reason or "")


def test_an_output_that_never_learnt_is_not_assessed(tmp_path: Path, anatomy: Package) -> None:
    """A head with chance weights gives numbers too."""
    content = written("bright", size=224, graph={"output": "logits"})
    content["outputs"][0] |= {"positive": ["bright"], "trained": False}
    place = import_model(
        a_brightness_model(tmp_path),
        a_written_card(tmp_path, content),
        tmp_path / "models",
        anatomy=anatomy,
        kin=Kin(like=drawn(tmp_path / "drawn")),
    )
    output = load_package(place, allowed=ALLOWED).card.outputs[0]
    assert "never learnt" in (output.not_assessed_reason or "")


def test_the_authors_cut_off_is_kept_and_measured(tmp_path: Path, anatomy: Package) -> None:
    """A published threshold is what others' papers speak of: it stays, on the calibrated scale."""
    content = written("bright", size=224, graph={"output": "logits"})
    content["outputs"][0] |= {"positive": ["bright"], "published_threshold": 0.6}
    content["input"] |= {"scaling": "range"}
    place = import_model(
        a_brightness_model(tmp_path),
        a_written_card(tmp_path, content),
        tmp_path / "models",
        anatomy=anatomy,
        kin=Kin(like=drawn(tmp_path / "drawn")),
    )
    output = load_package(place, allowed=ALLOWED).card.outputs[0]
    plan = output.calibration
    wanted = 1 / (1 + np.exp(-(plan.slope * np.log(0.6 / 0.4) + plan.intercept)))
    assert output.operating_point("published").threshold == pytest.approx(wanted)


def test_a_card_that_says_the_wrong_kind_of_answer_is_refused(tmp_path: Path) -> None:
    """Logits taken for probabilities would be cut off at 0 and 1."""
    content = written("bright", size=224, graph={"output": "logits", "answers": "probabilities"})
    with pytest.raises(InputRefused, match=r"look at graph\.answers"):
        import_model(
            a_brightness_model(tmp_path),
            a_written_card(tmp_path, content),
            tmp_path / "models",
            anatomy=None,
            kin=Kin(),
        )


def test_a_saved_model_is_a_sentence_that_says_what_to_do(tmp_path: Path) -> None:
    """TensorFlow is not part of the bench: the way round is one command elsewhere."""
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "saved_model.pb").write_bytes(b"")
    with pytest.raises(NotSupported, match=r"tf2onnx\.convert --saved-model saved"):
        import_model(
            tmp_path / "saved",
            card_of(tmp_path),
            tmp_path / "models",
            anatomy=None,
            kin=Kin(),
        )


def test_a_model_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    """A slip in a path is told apart from a bad model."""
    with pytest.raises(NotFound, match="no model at"):
        import_model(
            tmp_path / "absent.onnx",
            card_of(tmp_path),
            tmp_path / "models",
            anatomy=None,
            kin=Kin(),
        )


def test_an_unknown_key_of_a_card_is_refused_by_name(tmp_path: Path) -> None:
    """A misspelt key would silently leave its default in force."""
    card = a_written_card(tmp_path, written("bright", tresholds=1))
    with pytest.raises(InputRefused, match="key tresholds"):
        import_model(FILES / "keras-averaged.onnx", card, tmp_path, anatomy=None, kin=Kin())


@pytest.mark.skipif(importlib.util.find_spec("torch") is not None, reason="torch is here")
@pytest.mark.parametrize("name", ["keras-averaged.keras", "torch-weights.pt"])
def test_what_is_not_installed_is_named_with_what_to_install(tmp_path: Path, name: str) -> None:
    """A serving installation has no torch, and says so instead of breaking."""
    card = a_written_card(tmp_path, written("bright"))
    with pytest.raises(NotSupported, match=r"needs torch.*osler\[train"):
        import_model(FILES / name, card, tmp_path / "models", anatomy=None, kin=Kin())


def test_training_does_not_put_an_imported_package_on_the_shipped_list(tmp_path: Path) -> None:
    """The list is renewed whenever a package is built: an import beside it stays untrusted."""
    models = tmp_path / "models"
    import_model(a_brightness_model(tmp_path), card_of(tmp_path), models, anatomy=None, kin=Kin())
    a_package(models, a_card("ours"))
    list_shipped(models)
    assert list(json.loads((models / "shipped.json").read_text(encoding="utf-8"))) == ["ours/1.0.0"]


def for_adults(folder: Path) -> Path:
    """Write the card of a model that is for adults."""
    content = written("bright", size=224, graph={"output": "logits"})
    content["outputs"][0]["positive"] = ["bright"]
    content["intended_use"]["population"] |= {"kind": "adult", "min_age_years": 18}
    return a_written_card(folder, content)


def test_a_model_for_adults_needs_pictures_of_children(tmp_path: Path, anatomy: Package) -> None:
    """Where no age is stated the pixels decide: they must have seen both."""
    model, like = a_brightness_model(tmp_path), drawn(tmp_path / "drawn")
    card = for_adults(tmp_path)
    with pytest.raises(InputRefused, match="--other-population FOLDER"):
        import_model(model, card, tmp_path / "models", anatomy=anatomy, kin=Kin(like=like))
    lines = [{"file": f"{n}.png"} for n in range(24)]
    films = {f"{n}.png": a_film(narrow=True) - n / 8.0 for n in range(24)}
    children = a_dataset(tmp_path / "children", lines, films=films)
    kin = Kin(like=like, other_population=children)
    place = import_model(model, card, tmp_path / "models", anatomy=anatomy, kin=kin)
    package = load_package(place, allowed=ALLOWED)
    assert {"adult", "child"} == {str(name) for name in package.fingerprint["population_classes"]}


def test_pictures_of_another_kind_are_refused_by_the_gates(
    tmp_path: Path, anatomy: Package
) -> None:
    """What the importer was shown as another kind does not get a finding."""
    blobs = {f"{n}.png": np.full((224, 224), 40.0 + n, dtype=np.float32) for n in range(24)}
    for film in blobs.values():
        film[60:160, 60:160] = 220.0
    other = a_dataset(tmp_path / "blobs", [{"file": name} for name in blobs], films=blobs)
    kin = Kin(like=drawn(tmp_path / "drawn"), unlike=(other,))
    place = import_model(
        a_brightness_model(tmp_path),
        card_of(tmp_path),
        tmp_path / "models",
        anatomy=anatomy,
        kin=kin,
    )
    package = load_package(place, allowed=ALLOWED)
    rows = read_dataset(other).rows
    closed = score_rows(package, anatomy, rows[:4]).closed
    assert all(gate is not None for gate in closed)
    assert package.card.gates.tuned_with == ("drawn", "blobs")
