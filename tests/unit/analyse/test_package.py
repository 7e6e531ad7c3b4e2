"""A package runs only as it was shipped, or where the operator said so by name."""

import json
from pathlib import Path

import pytest

from make.package import a_card, a_package, an_anatomy, an_output
from osler.analyse.package import load_package, sha256
from osler.analyse.registry import find_package, list_packages, load_panel
from osler.errors import NotAllowed, NotFound, NotReadable


def change_byte(file: Path) -> None:
    """Change the last byte of a file."""
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(bytes(content))


def test_a_listed_package_loads_with_its_identity(tmp_path: Path) -> None:
    """Every number on a report names the graph that gave it."""
    folder = a_package(tmp_path, a_card())
    package = load_package(folder)
    assert package.identity.name == "tiny"
    assert package.identity.version == "1.0.0"
    assert package.identity.sha256 == sha256(folder / "model.onnx")
    assert package.graph.names == ("logits", "evidence", "embedding")


def test_an_altered_graph_is_refused_even_where_allowed(tmp_path: Path) -> None:
    """One changed weight may turn sick into well, and nobody would see it."""
    folder = a_package(tmp_path, a_card())
    change_byte(folder / "model.onnx")
    for allowed in (frozenset[str](), frozenset({"tiny"})):
        with pytest.raises(NotAllowed, match=r"model\.onnx was altered .*reinstall the package"):
            load_package(folder, allowed=allowed)


def test_a_package_without_its_fingerprint_is_refused(tmp_path: Path) -> None:
    """Without the fingerprint no gate stands between a knee and a tuberculosis score."""
    folder = a_package(tmp_path, a_card())
    (folder / "fingerprint.npz").unlink()
    with pytest.raises(NotAllowed, match=r"tiny 1\.0\.0: fingerprint\.npz is missing"):
        load_package(folder)


def test_an_altered_card_is_refused_and_may_be_allowed_by_name(tmp_path: Path) -> None:
    """A card with a lower floor would ship what was too weak."""
    folder = a_package(tmp_path, a_card())
    card = json.loads((folder / "card.json").read_text("utf-8"))
    card["floor_auroc"] = 0.1
    (folder / "card.json").write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(NotAllowed, match="found another card than the one shipped"):
        load_package(folder)
    with pytest.raises(NotAllowed, match="OSLER_ALLOW_MODELS=tiny"):
        load_package(folder, allowed=frozenset({"other"}))
    assert load_package(folder, allowed=frozenset({"tiny"})).card.floor_auroc == 0.1


def test_a_package_from_elsewhere_is_refused_and_may_be_allowed_by_name(tmp_path: Path) -> None:
    """A graph of unknown origin does not see patients by being copied into a folder."""
    folder = a_package(tmp_path, a_card(), listed=False)
    with pytest.raises(NotAllowed, match="found no entry in the shipped list"):
        load_package(folder)
    assert load_package(folder, allowed=frozenset({"tiny"})).card.name == "tiny"


def test_a_research_package_is_refused_and_may_be_allowed_by_name(tmp_path: Path) -> None:
    """Where the data's terms are unclear the operator decides, not a default."""
    terms = a_card().terms.model_copy(update={"research_only": True, "data": "terms unclear"})
    folder = a_package(tmp_path, a_card(terms=terms))
    with pytest.raises(NotAllowed, match=r"for research only \(terms unclear\).*MODELS=tiny"):
        load_package(folder)
    assert load_package(folder, allowed=frozenset({"tiny"})).card.terms.research_only


def test_a_card_cannot_name_files_outside_its_folder(tmp_path: Path) -> None:
    """A package must not vouch for, or read, what is not its own."""
    folder = a_package(tmp_path, a_card(), listed=False)
    card = json.loads((folder / "card.json").read_text("utf-8"))
    (tmp_path / "outside").write_bytes(b"x")
    card["files"]["../../outside"] = sha256(tmp_path / "outside")
    (folder / "card.json").write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(NotAllowed, match=r"\.\./\.\./outside is missing"):
        load_package(folder, allowed=frozenset({"tiny"}))


@pytest.mark.parametrize("name", ["model.onnx", "fingerprint.npz"])
def test_a_card_must_vouch_for_graph_and_fingerprint(tmp_path: Path, name: str) -> None:
    """A file that the card does not name could be changed without anybody noticing."""
    folder = a_package(tmp_path, a_card(), listed=False)
    card = json.loads((folder / "card.json").read_text("utf-8"))
    del card["files"][name]
    (folder / "card.json").write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(NotAllowed, match=f"the card gives no SHA-256 for {name}"):
        load_package(folder, allowed=frozenset({"tiny"}))


def test_an_empty_folder_is_not_found(tmp_path: Path) -> None:
    """A wrong path is said to be one."""
    with pytest.raises(NotFound, match=r"no card\.json in .*models/<name>/<version>"):
        load_package(tmp_path)


def test_a_damaged_shipped_list_is_said(tmp_path: Path) -> None:
    """'Not shipped' would be the wrong advice for a damaged installation."""
    folder = a_package(tmp_path, a_card())
    (tmp_path / "shipped.json").write_text("{", encoding="utf-8")
    with pytest.raises(NotReadable, match=r"shipped\.json is not JSON .*reinstall Osler"):
        load_package(folder)


def test_the_newest_version_is_active_by_number(tmp_path: Path) -> None:
    """1.10 is newer than 1.9; sorting by letters would bring an old model back."""
    for version in ("1.9.0", "1.10.0"):
        a_package(tmp_path, a_card(version=version))
    states = {one.version: one.state for one in list_packages(tmp_path)}
    assert states == {"1.10.0": "active", "1.9.0": "retired"}
    assert find_package(tmp_path, "tiny").card.version == "1.10.0"
    assert find_package(tmp_path, "tiny/1.9.0").card.version == "1.9.0"


def test_an_unknown_model_lists_those_there_are(tmp_path: Path) -> None:
    """A misspelt name is mended by seeing the right one."""
    a_package(tmp_path, a_card())
    with pytest.raises(NotFound, match=r"no model 'tyni' in .*there is tiny"):
        find_package(tmp_path, "tyni")


def test_a_refused_package_is_said_and_the_others_run(tmp_path: Path) -> None:
    """A model that silently did not look would read as 'nothing seen'."""
    an_anatomy(tmp_path)
    a_package(tmp_path, a_card())
    broken = a_package(tmp_path, a_card("broken", outputs=(an_output("line"),)))
    change_byte(broken / "model.onnx")
    panel, refused = load_panel(tmp_path)
    assert [judge.card.name for judge in panel.judges] == ["tiny"]
    assert [one.name for one in refused] == ["broken"]
    assert "model.onnx was altered" in refused[0].reason


def test_without_outlines_nothing_is_judged(tmp_path: Path) -> None:
    """No gate can look at pixels without them, and ungated scores are worse than none."""
    a_package(tmp_path, a_card())
    with pytest.raises(NotFound, match="no model 'chest-anatomy'"):
        load_panel(tmp_path)
