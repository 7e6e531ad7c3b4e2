"""``osler analyze`` as typed: exit codes, the JSON that other programs read, the files."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from integration.cli.terminal import Ran, Terminal
from integration.workflow.films import (
    CHEST,
    CHEST_STUDY,
    HEAD_CT,
    RECORD,
    SHOULDER_MR,
    TIBIA,
    adult,
    film_bytes,
    film_path,
    grey,
    left_behind,
    png,
    put,
    resources,
)
from osler.standards.fhir import validate

REPOSITORY = Path(__file__).resolve().parents[3]
SCHEMA = json.loads(
    (REPOSITORY / "docs" / "reference" / "report.schema.json").read_text(encoding="utf-8")
)
SUMMARY = {**SCHEMA["$defs"]["summary"], "$defs": SCHEMA["$defs"]}


def analysed(terminal: Terminal, *arguments: str | Path) -> tuple[Ran, list[dict[str, Any]]]:
    """Run ``osler analyze --json`` and hold every study to the published schema."""
    resources()  # skips while there are no packages
    ran = terminal.osler("analyze", *arguments, "--json")
    studies = ran.json()
    assert isinstance(studies, list)
    for study in studies:
        jsonschema_rs.validator_for(SUMMARY).validate(study)
    return ran, studies


def test_film_and_record_give_one_joined_study_and_four_files(
    terminal: Terminal, tmp_path: Path
) -> None:
    """The main job: what the doctor asked for, in each form that somebody needs."""
    adult()
    out = tmp_path / "out"
    ran, (study,) = analysed(terminal, film_path(CHEST), "--record", RECORD, "--out", out)
    assert (ran.code, ran.err) == (0, "")
    assert study["study"] == CHEST_STUDY
    assert [one["value"] for one in study["patient"]["identifiers"]] == ["9RG1"]
    assert study["findings"]
    for one in study["findings"]:
        assert {"model", "name", "probability", "low", "high"} <= set(one)
        assert 0 <= one["low"] <= one["probability"] <= one["high"] <= 1
    for one in study["not_assessed"]:
        assert {"model", "gate", "reason"} <= set(one)
    assert [score["name"] for score in study["scores"]] == ["news2"]
    files = {kind: Path(path) for kind, path in study["files"].items()}
    assert {kind: path.name for kind, path in files.items()} == {
        "pdf": "report.pdf",
        "html": "report.html",
        "json": "report.json",
        "fhir": "report.fhir.json",
    }
    assert {path.parent for path in files.values()} == {out / CHEST_STUDY}
    assert left_behind(out) == []
    assert files["pdf"].read_bytes().startswith(b"%PDF")


def test_the_written_json_holds_to_its_schema_and_says_what_was_printed(
    terminal: Terminal, tmp_path: Path
) -> None:
    """Whoever reads the file must not learn something else than whoever read the screen."""
    _, (study,) = analysed(terminal, film_path(CHEST), "--out", tmp_path / "out")
    written = json.loads(Path(study["files"]["json"]).read_text(encoding="utf-8"))
    jsonschema_rs.validator_for(SCHEMA).validate(written)
    assert {key: written[key] for key in study if key != "files"} == {
        key: value for key, value in study.items() if key != "files"
    }


@pytest.mark.parametrize("name", [CHEST, TIBIA])
def test_the_fhir_bundle_is_valid(name: str, terminal: Terminal, tmp_path: Path) -> None:
    """A hospital's record system refuses what is not R4, and the report would be lost."""
    record = ["--record", str(RECORD)] if name == CHEST else []
    _, (study,) = analysed(terminal, film_path(name), *record, "--out", tmp_path / "out")
    bundle = json.loads(Path(study["files"]["fhir"]).read_text(encoding="utf-8"))
    assert list(validate(bundle)) == []
    kinds = [entry["resource"]["resourceType"] for entry in bundle["entry"]]
    assert kinds.count("DiagnosticReport") == 1
    assert kinds.count("Patient") == 1


def test_what_is_not_assessed_is_no_failure(terminal: Terminal, tmp_path: Path) -> None:
    """A shin in the folder is answered by 'not assessed', not by an error."""
    paths = [film_path(name) for name in (TIBIA, HEAD_CT, SHOULDER_MR)]
    ran, studies = analysed(terminal, *paths, "--out", tmp_path / "out")
    assert (ran.code, ran.err) == (0, "")
    assert len(studies) == 3
    assert all(study["findings"] == [] for study in studies)
    judges = {package.card.name for package in resources().panel.judges}
    for study in studies:
        told = " ".join(f"{one['model']} {one['reason']}" for one in study["not_assessed"])
        assert all(name in told for name in judges)
        assert all(one["gate"] and one["reason"] for one in study["not_assessed"])


def test_a_record_alone_is_enough(terminal: Terminal, tmp_path: Path) -> None:
    """Its entry has no study, and the folder bears the record's name."""
    ran, (study,) = analysed(terminal, "--record", RECORD, "--out", tmp_path / "out")
    assert (ran.code, ran.err) == (0, "")
    assert study["study"] is None
    assert study["findings"] == []
    (folder,) = (tmp_path / "out").iterdir()
    assert folder.name.startswith("record-adult_cough-")


def test_a_record_alone_is_scored_feature_by_feature(terminal: Terminal, tmp_path: Path) -> None:
    """The sample's models of the record speak; what is missing and who was silent is named."""
    record = RECORD.with_name("adult_chest_pain.fhir.json")
    ran, (study,) = analysed(terminal, "--record", record, "--out", tmp_path / "out")
    assert (ran.code, ran.err) == (0, "")
    said = {one["name"]: one for one in study["estimates"]}
    assert {"coronary_artery_disease", "liver_disease"} <= set(said)
    assert "Thallium scan" in said["coronary_artery_disease"]["missing"]
    silent = {one["model"] for one in study["not_assessed"]}
    assert {"record-breast-mass", "record-diabetes"} <= silent
    (folder,) = (tmp_path / "out").iterdir()
    assert "Estimates from the record" in (folder / "report.html").read_text(encoding="utf-8")


def test_another_patients_record_is_exit_3_and_a_sentence(
    terminal: Terminal, tmp_path: Path
) -> None:
    """Stop and say so: two people must never be in one report."""
    (record,) = put(tmp_path, **{"other.json": b'{"patient": {"id": "SOMEBODY-ELSE"}}'})
    ran, studies = analysed(
        terminal, film_path(CHEST), "--record", record, "--out", tmp_path / "out"
    )
    assert (ran.code, studies) == (3, [])
    (sentence,) = ran.sentences()
    assert "the identifier of the record's patient differs from that of the film's" in sentence
    assert "check both and send the right pair" in sentence
    assert not (tmp_path / "out").exists()


def test_a_broken_record_is_exit_3_and_the_film_is_reported(
    terminal: Terminal, tmp_path: Path
) -> None:
    """The film does not wait for the record."""
    (record,) = put(tmp_path, **{"record.json": b"{"})
    ran, studies = analysed(
        terminal, film_path(CHEST), "--record", record, "--out", tmp_path / "out"
    )
    assert ran.code == 3
    assert ran.err.startswith("refused: record.json")
    assert [study["study"] for study in studies] == [CHEST_STUDY]


MISUSES: dict[str, tuple[list[str], str]] = {
    "a word without record": (["--same-patient"], "--same-patient needs --record"),
    "a word on two studies": (
        ["--same-patient", "--record", str(RECORD), TIBIA],
        "exactly one study; found 2",
    ),
    "no such finding": (["--pretest", "dragon_pox=0.1"], "no model judges that"),
    "above one": (["--pretest", "Effusion=1.2"], "expected NAME=P with P above 0 and below 1"),
    "zero": (["--pretest", "Effusion=0"], "expected NAME=P with P above 0 and below 1"),
    "no number": (["--pretest", "Effusion"], "expected NAME=P"),
    "no name": (["--pretest", "=0.1"], "expected NAME=P"),
    "not a number": (["--pretest", "Effusion=nan"], "expected NAME=P"),
    "no such option": (["--colour"], "No such option"),
}


@pytest.mark.parametrize("kind", MISUSES)
def test_misuse_is_exit_2_before_anything_is_written(
    kind: str, terminal: Terminal, tmp_path: Path
) -> None:
    """A mistyped option must not quietly become another question."""
    resources()
    arguments, said = MISUSES[kind]
    given = [film_path(TIBIA) if one == TIBIA else one for one in arguments]
    ran = terminal.osler("analyze", film_path(CHEST), *given, "--out", tmp_path / "out")
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert not (tmp_path / "out").exists()


def test_a_pretest_probability_is_weighed_by_bayes(terminal: Terminal, tmp_path: Path) -> None:
    """Post-test odds = pre-test odds x likelihood ratio; 0.3 has the odds 3/7."""
    adult()
    out = tmp_path / "out"
    _, (before,) = analysed(terminal, film_path(CHEST), "--out", out)
    name = next(one["name"] for one in before["findings"] if one["model"] == "cxr-adult")
    for text in (f"{name}=0.3", f"{name}=30%"):
        _, (study,) = analysed(terminal, film_path(CHEST), "--out", out, "--pretest", text)
        named = [one for one in study["findings"] if one["name"] == name]
        assert named
        for one in named:
            assert one["pretest"] == pytest.approx(0.3)
            for bound in ("value", "low", "high"):
                odds = 3 / 7 * one["likelihood_ratio"][bound]
                assert one["posttest"][bound] == pytest.approx(odds / (1 + odds), abs=1e-9)
        for one in study["findings"]:
            if one["name"] != name:
                (same,) = (
                    other
                    for other in before["findings"]
                    if (other["model"], other["name"]) == (one["model"], one["name"])
                )
                assert one == same
    (weighing, *_) = (
        one
        for one in json.loads((out / CHEST_STUDY / "report.json").read_text("utf-8"))["weighings"]
        if one["name"] == name
    )
    assert weighing["pretest_source"] == "typed in by the user"


def test_the_sites_pretest_yields_to_what_is_typed(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The doctor at the patient knows more than the setting of the site."""
    adult()
    out = tmp_path / "out"
    _, (plain,) = analysed(terminal, film_path(CHEST), "--out", out)
    name = next(one["name"] for one in plain["findings"] if one["model"] == "cxr-adult")
    monkeypatch.setenv("OSLER_PRETEST", json.dumps({name: 0.05}))
    _, (site,) = analysed(terminal, film_path(CHEST), "--out", out)
    _, (typed,) = analysed(terminal, film_path(CHEST), "--out", out, "--pretest", f"{name}=0.4")
    given = [
        next(one["pretest"] for one in study["findings"] if one["name"] == name)
        for study in (site, typed)
    ]
    assert given == pytest.approx([0.05, 0.4])


def test_how_far_an_answer_holds_is_said_where_it_is_asked_for(
    terminal: Terminal, tmp_path: Path
) -> None:
    """A probability that a little turn of the film undoes is not what it seems."""
    adult()
    out = tmp_path / "out"
    film = film_path(CHEST)
    ran, (study,) = analysed(terminal, film, "--small-changes", "--out", out)
    assert ran.code == 0
    for one in study["findings"]:
        seen = one["under_changes"]
        assert seen["value"] == one["probability"]
        assert seen["low"] < one["probability"] or seen["high"] > one["probability"]
    bundle = Path(study["files"]["fhir"]).read_text(encoding="utf-8")
    assert "Under small changes of the picture: " in bundle
    assert list(validate(json.loads(bundle))) == []
    page = Path(study["files"]["html"]).read_text(encoding="utf-8")
    assert "If changed a little" in page
    _, (plain,) = analysed(terminal, film, "--out", out)
    assert {one["under_changes"] for one in plain["findings"]} == {None}
    assert [one["probability"] for one in plain["findings"]] == [
        one["probability"] for one in study["findings"]
    ]
    assert "If changed a little" not in Path(plain["files"]["html"]).read_text("utf-8")


def test_the_terminal_shows_the_weighing_and_what_to_know(
    terminal: Terminal, tmp_path: Path
) -> None:
    """Who reads only the terminal must see that a record was not used, and where the report is."""
    adult()
    put(tmp_path / "in", film=png(grey()))
    ran = terminal.osler("analyze", tmp_path / "in", "--record", RECORD, "--out", tmp_path / "out")
    assert (ran.code, ran.err) == (0, "")
    assert "after weighing" in ran.out
    assert "use --same-patient if it is theirs" in ran.out
    assert ran.out.count("report: ") == 2
    assert "record alone" in ran.out


def test_reports_go_to_a_folder_of_their_own_by_default(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing may be strewn among the films."""
    monkeypatch.chdir(tmp_path)
    ran, _ = analysed(terminal, film_path(TIBIA))
    assert ran.code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["osler-reports"]


def test_python_and_terminal_give_the_same_numbers(terminal: Terminal, tmp_path: Path) -> None:
    """An engineer's script must not see another patient than the doctor's screen."""
    import osler

    used = adult()
    _, (study,) = analysed(terminal, film_path(CHEST), "--out", tmp_path / "out")
    (one,) = osler.analyze([film_path(CHEST)], resources=used).studies
    assert one.files is None
    assert {(f["model"], f["name"]): f["probability"] for f in study["findings"]} == {
        (f.model.name, f.name): f.probability.value for f in one.draft.findings
    }


def command(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the real command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "osler.cli.main", *map(str, arguments)],
        check=False,
        capture_output=True,
        text=True,
        cwd=cwd,
    )


def test_the_real_command_keeps_results_and_talk_apart(tmp_path: Path) -> None:
    """A program that reads stdout must get JSON and nothing else, also when some input is bad."""
    resources()
    put(tmp_path / "in", bad=b"notes", good=film_bytes(CHEST))
    done = command("analyze", "in", "--out", "out", "--json", cwd=tmp_path)
    assert done.returncode == 3
    (study,) = json.loads(done.stdout)
    assert study["study"] == CHEST_STUDY
    assert study["files"]["pdf"] == str(Path("out") / CHEST_STUDY / "report.pdf")
    assert done.stderr.splitlines() == [
        "refused: in/bad: not an image file that Osler reads; expected DICOM, "
        + done.stderr.partition("expected DICOM, ")[2].rstrip("\n")
    ]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--help"], 0),
        (["analyze", "--help"], 0),
        ([], 2),
        (["analyse"], 2),
        (["analyze"], 2),
        (["models", "show", "gone"], 4),
    ],
)
def test_the_real_command_leaves_with_the_code_of_the_house(
    arguments: list[str], code: int, tmp_path: Path
) -> None:
    """Scripts decide by the exit code alone."""
    resources()
    assert command(*arguments, cwd=tmp_path).returncode == code


def test_the_demo_shows_a_film_that_is_judged_and_images_that_are_not(
    terminal: Terminal, tmp_path: Path
) -> None:
    """The first thing a newcomer sees must show both, and end by naming the files."""
    adult()
    for name in (CHEST, TIBIA, HEAD_CT, SHOULDER_MR):
        film_path(name)
    ran = terminal.osler("demo", "--out", tmp_path / "demo")
    assert ran.code == 0
    assert "refused" not in ran.err
    assert ran.out.count("report.pdf") == 8
    assert ran.out.count("report.fhir.json") == 4
    assert ran.out.splitlines()[-1] == (
        "Draft reports by research software: not signed, not a diagnosis."
    )
    assert left_behind(tmp_path / "demo") == []
    chest = json.loads((tmp_path / "demo" / CHEST_STUDY / "report.json").read_text("utf-8"))
    assert chest["findings"]
    assert chest["record"] is not None
