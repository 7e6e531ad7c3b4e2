"""Cards and maps that are committed are ones that can be read."""

import json
import tomllib
from pathlib import Path

import pytest

from make.package import a_card
from make.written import a_written_card, written
from osler.analyse.card import StructureCard
from osler.errors import InputRefused, NotFound
from osler.learn.importing.written import read_written_card
from osler.learn.labelmap import read_label_map

RECIPES = Path(__file__).parents[4] / "recipes"


def test_the_card_of_torchxrayvision_has_its_eighteen_outputs_in_order() -> None:
    """The order is that of the published weights: one slip renames every finding after it."""
    card = read_written_card(RECIPES / "cards" / "torchxrayvision.toml")
    names = [output.name for output in card.outputs]
    assert len(names) == len(set(names)) == 18
    assert (names[0], names[7], names[13], names[17]) == (
        "Atelectasis",
        "Effusion",
        "Hernia",
        "Enlarged Cardiomediastinum",
    )
    assert card.graph.range == (-1024.0, 1024.0)
    assert card.terms.research_only
    assert all(output.published_threshold for output in card.outputs)


@pytest.mark.parametrize("file", sorted((RECIPES / "maps").glob("*.toml")), ids=lambda f: f.stem)
def test_a_committed_map_names_what_its_package_outlines(file: Path) -> None:
    """A map that speaks of other structures measures nothing."""
    recipe = tomllib.loads((RECIPES / file.name).read_text(encoding="utf-8"))
    structures = tuple(
        StructureCard(name=one["name"], display="x", system="x", code="x")
        for one in recipe["structures"]
    )
    found = read_label_map(file, a_card(outputs=(), structures=structures))
    columns = {one["name"]: one["column"] for one in recipe["structures"]}
    assert found.structures == columns


def test_a_card_is_read_from_toml_and_json(tmp_path: Path) -> None:
    """Whoever writes it by a program writes JSON."""
    assert read_written_card(a_written_card(tmp_path, written("a"))).outputs[0].name == "a"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "Their Model"}, "key name"),
        ({"version": "new"}, "key version"),
        ({"outputs": []}, "key outputs"),
        ({"answers": "maybe"}, "key answers"),
    ],
)
def test_a_card_that_cannot_be_meant_is_refused_by_its_key(
    tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    """The name becomes a folder and a setting: it is held to letters, digits and dashes."""
    with pytest.raises(InputRefused, match=message):
        read_written_card(a_written_card(tmp_path, written("a") | changes))


def test_what_is_no_card_is_a_sentence(tmp_path: Path) -> None:
    """The line that is wrong is named."""
    (tmp_path / "card.toml").write_text("name = ", encoding="utf-8")
    with pytest.raises(InputRefused, match="does not parse"):
        read_written_card(tmp_path / "card.toml")
    (tmp_path / "card.json").write_text(json.dumps(written("a"))[:-1], encoding="utf-8")
    with pytest.raises(InputRefused, match="does not parse"):
        read_written_card(tmp_path / "card.json")
    with pytest.raises(NotFound, match="write one as"):
        read_written_card(tmp_path / "none.toml")
