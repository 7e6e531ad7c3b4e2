"""The card is strict: what it does not say in known words, it does not say."""

import json
from pathlib import Path
from typing import Any

import pytest

from make.package import a_card, an_output
from osler.analyse.card import read_card
from osler.errors import NotFound, NotReadable


def written(folder: Path, change: dict[str, Any] | None = None, **deep: object) -> Path:
    """Write a valid card, changed at the top or in its intended use."""
    document = json.loads(a_card().model_dump_json())
    document.update(change or {})
    document["intended_use"].update(deep)
    file = folder / "card.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    return file


def test_a_card_comes_back_as_it_was_written(tmp_path: Path) -> None:
    """The limits that a clinician reads are those that were measured."""
    assert read_card(written(tmp_path)) == a_card()


def test_an_unknown_key_is_named(tmp_path: Path) -> None:
    """A misspelt limit would be a limit that nobody reads."""
    with pytest.raises(NotReadable, match="key limts: Extra inputs are not permitted; expected a"):
        read_card(written(tmp_path, {"limts": []}))


def test_an_unknown_key_deep_inside_is_named_with_its_path(tmp_path: Path) -> None:
    """'Somewhere in the card' helps nobody to mend it."""
    with pytest.raises(NotReadable, match=r"key intended_use\.not_fo: Extra inputs"):
        read_card(written(tmp_path, not_fo=()))


def test_another_schema_version_is_refused(tmp_path: Path) -> None:
    """A newer card may hold a limit that this version would pass over."""
    with pytest.raises(NotReadable, match="expected a card of schema version 1"):
        read_card(written(tmp_path, {"schema_version": 2}))


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    """A card without terms might be used against them."""
    document = json.loads(a_card().model_dump_json())
    del document["terms"]
    (tmp_path / "card.json").write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(NotReadable, match="key terms: Field required"):
        read_card(tmp_path / "card.json")


def test_a_file_that_is_no_json_is_refused_in_a_sentence(tmp_path: Path) -> None:
    """A half-copied package must not end in a stack trace."""
    (tmp_path / "card.json").write_bytes(b'{"name": "ti')
    with pytest.raises(NotReadable, match="key document: Invalid JSON"):
        read_card(tmp_path / "card.json")


def test_outputs_and_cut_offs_are_found_by_name() -> None:
    """A cut-off that is not on the card must not be replaced by another one."""
    card = a_card(outputs=(an_output("shadow"), an_output("line")))
    assert card.output("line").display == "Line"
    assert card.output("line").operating_point("specific").threshold == 0.8
    with pytest.raises(NotFound, match="model tiny has no output 'lump'"):
        card.output("lump")
    with pytest.raises(NotFound, match="output line has no operating point 'best'"):
        card.output("line").operating_point("best")
