"""``osler guidelines`` and ``osler scores`` as typed: what holds, what does not, on which line."""

import json
import shutil
from pathlib import Path

import pytest

from integration.cli.terminal import Terminal
from osler.standards.guideline import default_folder

PATIENT = {
    "patient": {"id": "1", "sex": "male", "birth_date": "1956-01-01"},
    "conditions": ["Pneumonia"],
    "observations": [
        {"code": name, "value": value, "unit": unit, "time": "2026-11-20T08:00:00Z"}
        for name, value, unit in (
            ("respiratory_rate", 32, "/min"),
            ("systolic", 85, "mm[Hg]"),
            ("diastolic", 50, "mm[Hg]"),
            ("urea", 9, "mmol/L"),
        )
    ]
    + [{"code": "consciousness", "value": "C", "time": "2026-11-20T08:00:00Z"}],
}


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """Return a copy of a shipped file of rules."""
    source = default_folder() / "rules" / "pneumonia_adults.toml"
    return Path(shutil.copy(source, tmp_path / "pneumonia_adults.toml"))


def edited(path: Path, old: str, new: str) -> int:
    """Replace a piece once, and return the line it stands on."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_the_list_ends_with_both_counts(terminal: Terminal) -> None:
    """Who reads advice must know how much of it nobody has checked."""
    ran = terminal.osler("guidelines", "list")
    last = ran.out.strip().splitlines()[-1]
    assert ran.code == 0
    assert "verified of" in last
    assert last.endswith("0 clinically reviewed")


def test_a_shipped_file_holds(terminal: Terminal, pack: Path) -> None:
    """All examples come out."""
    ran = terminal.osler("guidelines", "check", pack, "--json")
    assert ran.code == 0
    assert json.loads(ran.out)["rules"] == 5


def test_broken_fhirpath_is_named_with_its_line(terminal: Terminal, pack: Path) -> None:
    """Whoever writes a rule at night finds the slip at once."""
    line = edited(pack, "%scores.curb65 <= 1", "%scores.curb65 <= (1")
    ran = terminal.osler("guidelines", "check", pack)
    assert ran.code == 3
    assert f"line {line}: rules.1.condition" in ran.err
    assert "no FHIRPath" in ran.err


def test_an_unknown_variable_is_named_with_its_line(terminal: Terminal, pack: Path) -> None:
    """A misspelt variable would make a rule silent for ever."""
    line = edited(pack, "%scores.curb65 = 2", "%score.curb65 = 2")
    ran = terminal.osler("guidelines", "check", pack)
    assert ran.code == 3
    assert f"line {line}" in ran.err
    assert "%score is no variable" in ran.err


def test_a_changed_limit_breaks_its_example_on_its_line(terminal: Terminal, pack: Path) -> None:
    """Five became six, and the example that must fire does not: it is named where it stands."""
    edited(pack, "%scores.curb65 >= 3", "%scores.curb65 >= 6")
    ran = terminal.osler("guidelines", "check", pack)
    assert ran.code == 3
    text = pack.read_text(encoding="utf-8").splitlines()
    first = ran.err.split("line ")[1].split(":")[0]
    assert text[int(first) - 1] == "[[rules.examples]]"
    assert "high_hospital: example 1 is 'silent', expected 'fires'" in ran.err


def test_the_effect_of_a_change_is_shown_before_it_is_live(
    terminal: Terminal, pack: Path, tmp_path: Path
) -> None:
    """One patient with a CURB-65 of 5: the stricter rule no longer sends them to hospital."""
    folder = tmp_path / "records"
    folder.mkdir()
    (folder / "p.json").write_text(json.dumps(PATIENT), encoding="utf-8")
    same = json.loads(
        terminal.osler("guidelines", "effect", pack, "--records", folder, "--json").out
    )
    rule = next(one for one in same["rules"] if one["rule"] == "high_hospital")
    assert (same["patients"], rule["before"], rule["after"]) == (1, 1, 1)
    edited(
        pack,
        "%age >= 18 and ('pneumonia' in %conditions or 'pneumonia' in %positive) and "
        "%scores.curb65 >= 3",
        "%age >= 18 and %sex = 'female' and 'pneumonia' in %conditions and %scores.curb65 >= 3",
    )
    text = pack.read_text(encoding="utf-8")
    begin = text.index('name = "high_hospital"')
    end = text.index("[[rules]]", begin)
    part = text[begin:end]
    head = part.split("[[rules.examples]]")[0]
    examples = (
        '[[rules.examples]]\noutcome = "fires"\nconditions = ["pneumonia"]\n'
        'given = { age = 70.0, sex = "female", consciousness = "C", urea = 9.0, '
        "respiratory_rate = 32.0, systolic = 85.0, diastolic = 50.0 }\n\n"
        '[[rules.examples]]\noutcome = "silent"\n\n'
    )
    pack.write_text(text[:begin] + head + examples + text[end:], encoding="utf-8")
    changed = terminal.osler("guidelines", "effect", pack, "--records", folder, "--json")
    assert changed.code == 0, changed.err
    rule = next(one for one in json.loads(changed.out)["rules"] if one["rule"] == "high_hospital")
    assert (rule["before"], rule["after"], rule["begins"], rule["ends"]) == (1, 0, 0, 1)


def test_a_score_is_shown_with_its_source(terminal: Terminal) -> None:
    """A number without its publication is a rumour."""
    ran = terminal.osler("scores", "show", "curb65")
    assert ran.code == 0
    assert "Thorax 2003" in ran.out
    assert "above 7 mmol/L 1" in ran.out
    assert terminal.osler("scores", "show", "nothing").code == 4


def test_the_list_of_scores_counts_those_that_were_read(terminal: Terminal) -> None:
    """At least twenty, each compared with a text."""
    rows = json.loads(terminal.osler("scores", "list", "--json").out)
    assert len(rows) >= 20
    assert all(one["verified"] for one in rows)
