"""``osler models``, and packages that are not what was shipped."""

import shutil
from pathlib import Path

import pytest

from integration.cli.terminal import Terminal
from integration.workflow.films import CHEST, film_path, models_folder
from osler.analyse.registry import ANATOMY

FACTS = {
    *("name", "version", "state", "title", "task", "outputs", "not_assessed", "research_only"),
    *("sha256", "reason"),
}


def alter(file: Path) -> None:
    """Flip one bit in the middle of a file."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(bytes(content))


def the_graph(models: Path, name: str) -> Path:
    """Return the graph of a package."""
    (found,) = models.glob(f"{name}/*/model.onnx")
    return found


def test_the_list_says_what_each_package_is(terminal: Terminal, tiny: Path) -> None:
    """Other programs read this list to know what a report can and cannot say."""
    ran = terminal.osler("models", "list", "--json")
    assert (ran.code, ran.err) == (0, "")
    rows = {row["name"]: row for row in ran.json()}
    assert set(rows) == {ANATOMY, "first", "second"}
    assert all(set(row) == FACTS for row in rows.values())
    assert {row["state"] for row in rows.values()} == {"active"}
    assert rows["first"]["outputs"] == ["first_shadow"]
    assert len(rows["first"]["sha256"]) == 64
    shown = terminal.osler("models", "list")
    assert all(name in shown.out for name in rows)


def test_show_prints_the_card(terminal: Terminal, tiny: Path) -> None:
    """Whoever uses a number must be able to read for whom it holds."""
    card = terminal.osler("models", "show", "first", "--json").json()
    assert card["name"] == "first"
    assert card["intended_use"]["not_for"] == ["patients"]
    words = terminal.osler("models", "show", "first/1.0.0").out
    assert "first 1.0.0 (active)" in words
    assert "Not for: patients." in words


def test_a_package_that_is_not_there_is_not_found(terminal: Terminal, tiny: Path) -> None:
    """The sentence names those that there are."""
    for command in (["models", "show", "third"], ["models", "verify", "third"]):
        ran = terminal.osler(*command)
        assert (ran.code, ran.out) == (4, "")
        assert f"no model 'third'; there is {ANATOMY}, first, second" in ran.err


def test_whole_packages_verify(terminal: Terminal, tiny: Path) -> None:
    """The operator can ask at any time whether anything was changed."""
    ran = terminal.osler("models", "verify", "--json")
    assert ran.code == 0
    assert all(row["verified"] and row["reason"] == "" for row in ran.json())
    assert len(ran.json()) == 3


def test_an_altered_judge_is_left_out_by_name_and_the_others_go_on(
    terminal: Terminal, tiny: Path, tmp_path: Path
) -> None:
    """A changed network must not speak, and its silence must be in every report."""
    alter(the_graph(tiny, "first"))
    ran = terminal.osler("models", "verify", "--json")
    assert ran.code == 5
    assert "1 of 3 packages are not what was shipped" in ran.err
    verified = {row["name"]: row["verified"] for row in ran.json()}
    assert verified == {ANATOMY: True, "first": False, "second": True}
    ran = terminal.osler("analyze", film_path(CHEST), "--out", tmp_path / "out", "--json")
    assert ran.code == 0
    (study,) = ran.json()
    assert any("model first 1.0.0: model.onnx was altered" in said for said in study["warnings"])
    spoke = {one["model"] for key in ("findings", "not_assessed") for one in study[key]}
    assert "second" in spoke
    assert "first" not in spoke
    words = terminal.osler("analyze", film_path(CHEST), "--out", tmp_path / "out").out
    assert "note: model not used: model first 1.0.0: model.onnx was altered" in words


@pytest.mark.parametrize("file", ["model.onnx", "fingerprint.npz", "card.json"])
def test_any_altered_file_of_a_package_is_seen(file: str, terminal: Terminal, tiny: Path) -> None:
    """A moved gate or cut-off is as wrong as a moved weight."""
    place = the_graph(tiny, "first").parent / file
    if file == "card.json":
        text = place.read_text(encoding="utf-8")
        place.write_text(text.replace('"min_pixels": 112', '"min_pixels": 1'), encoding="utf-8")
    else:
        alter(place)
    ran = terminal.osler("models", "verify", "first")
    assert ran.code == 5
    assert "first 1.0.0: REFUSED" in ran.out


def test_nothing_is_analysed_with_an_altered_anatomy(terminal: Terminal, tmp_path: Path) -> None:
    """Without it no film can be gated: better no answer than an ungated one. Shipped packages."""
    models = tmp_path / "models"
    if not any(models_folder().glob(f"{ANATOMY}/*/card.json")):
        pytest.skip(f"{ANATOMY} is not in {models_folder()} yet")
    shutil.copytree(models_folder(), models)
    alter(the_graph(models, ANATOMY))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OSLER_MODELS_DIR", str(models))
        ran = terminal.osler("analyze", film_path(CHEST), "--out", tmp_path / "out")
        verified = terminal.osler("models", "verify", ANATOMY)
    assert (ran.code, ran.out) == (5, "")
    assert f"osler: model {ANATOMY}" in ran.err
    assert "model.onnx was altered" in ran.err
    assert "reinstall the package" in ran.err
    assert not (tmp_path / "out").exists()
    assert verified.code == 5


def test_a_folder_without_packages_is_not_found(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong setting must not look like a film without findings."""
    monkeypatch.setenv("OSLER_MODELS_DIR", str(tmp_path / "gone"))
    ran = terminal.osler("analyze", film_path(CHEST), "--out", tmp_path / "out")
    assert (ran.code, ran.out) == (4, "")
    assert f"no model '{ANATOMY}' in gone/; there is none" in ran.err
    assert not (tmp_path / "out").exists()
