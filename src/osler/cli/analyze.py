"""``osler analyze``: films and a record in, reports out."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from osler.cli.talk import print_json, progress, say_refusals
from osler.errors import EXIT_CODES, Misuse

if TYPE_CHECKING:
    from osler.workflow import Analysis, Resources

REFUSED = 3


def analyze(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Files, folders, zip archives or DICOMDIRs.", show_default=False),
    ] = None,
    record: Annotated[
        Path | None,
        typer.Option(help="The patient's record: FHIR R4 bundle, simple JSON or CSV."),
    ] = None,
    same_patient: Annotated[
        bool,
        typer.Option("--same-patient", help="The record is of the patient of the one study given."),
    ] = False,
    pretest: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=P",
            help="Pre-test probability of a finding, such as tuberculosis=0.02. May be repeated.",
        ),
    ] = None,
    score: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Give this score whatever it says, such as wells_pe. May be repeated.",
        ),
    ] = None,
    small_changes: Annotated[
        bool,
        typer.Option(
            "--small-changes",
            help="Say how far each probability holds when the picture is changed a little.",
        ),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the reports, one folder a study. [default: osler-reports]"),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the list of studies as JSON.")
    ] = False,
) -> None:
    """Analyse chest films and a patient's record; write a draft report for each study.

    Examples:

      osler analyze film.dcm --record patient.json --out reports

      osler analyze folder/ --pretest tuberculosis=0.02 --json

      osler analyze --record bundle.json

    Exit code: 0 every input gave a report (also one that says "not assessed"), 3 some input was
    refused (the others were still worked on), 2 misuse.
    """
    from osler import workflow

    resources = resources_for(pretest or [], scores=score or [], small_changes=small_changes)
    folder = out or Path("osler-reports")
    with progress(quiet=as_json) as tell:
        analysis = workflow.analyze(
            paths or [],
            record=record,
            same_patient=same_patient,
            out=folder,
            resources=resources,
            on_progress=tell,
        )
    say_refusals(analysis.refusals)
    show(analysis, as_json=as_json)
    if analysis.refusals:
        raise typer.Exit(_code(analysis))


def _code(analysis: "Analysis") -> int:
    """Return 3 for refused inputs; a fault of ours or a transient one is told by its own code."""
    codes = {EXIT_CODES[one.kind] for one in analysis.refusals}
    return next((code for code in (70, 75) if code in codes), REFUSED)


def resources_for(
    pretest: list[str], *, scores: Sequence[str] = (), small_changes: bool = False
) -> "Resources":
    """Load what the settings name; pre-test probabilities typed in win over the site's."""
    from osler import workflow
    from osler.assess import SET_FOR_SITE
    from osler.settings import read_settings

    settings = read_settings()
    pretests = {name: (value, SET_FOR_SITE) for name, value in settings.pretest.items()}
    pretests |= {
        name: (value, "typed in by the user") for name, value in map(_one_pretest, pretest)
    }
    return workflow.load_resources(
        models=settings.models_dir,
        guidelines=settings.guidelines_dir,
        allowed=settings.allow_models,
        pretests=pretests,
        scores=scores,
        small_changes=small_changes or settings.small_changes,
    )


def _one_pretest(text: str) -> tuple[str, float]:
    """Split NAME=P; P may be written 0.12 or 12%."""
    name, sign, number = text.partition("=")
    try:
        value = float(number.rstrip("%")) / (100.0 if number.endswith("%") else 1.0)
    except ValueError:
        value = float("nan")
    if not sign or not name or not 0 < value < 1:
        raise Misuse(
            f"--pretest {text!r}: expected NAME=P with P above 0 and below 1, "
            "such as tuberculosis=0.02"
        )
    return name, value


def show(analysis: "Analysis", *, as_json: bool) -> None:
    """Print what was found: JSON, or a few lines a study."""
    from osler.report import summary

    if as_json:
        print_json(
            [
                summary(one.draft, one.files.by_kind() if one.files is not None else None)
                for one in analysis.studies
            ]
        )
        return
    for one in analysis.studies:
        show_study(summary(one.draft))
        if one.files is not None:
            print(f"  report: {one.files.pdf}")


def show_study(study: Mapping[str, Any]) -> None:
    """Print one study in lines: findings by probability, what was not judged, what to know."""
    from osler.report import estimate_lines

    print(", ".join(study["origins"]) or study["study"] or "record alone")
    soon = study["urgency"]
    if soon is not None and soon["reasons"]:
        print(f"  {soon['level']}: {'; '.join(soon['reasons'])}")
    if study["findings"]:
        _show_findings(study["findings"], study["categories"])
    for one in study["measurements"]:
        value = one["quantity"]["value"] if "quantity" in one else one["value"]
        known = one["low"] is not None and one["high"] is not None
        spread = f"{one['low']:.3g} to {one['high']:.3g}" if known else "error not measured"
        print(f"  {one['display']}: {value:.3g} {one['unit'].strip('{}')} ({spread})")
    for one in study["scores"]:
        value = "not computed" if one["value"] is None else f"{one['value']:g} {one['unit']}"
        print(f"  {one['display']}: {value.strip()}; {one['band'] or one['reason']}")
    for one in study["estimates"]:
        for line in estimate_lines(one):
            print(f"  {line}")
    for one in study["recommendations"]:
        held = f" [held back: {'; '.join(one['why_not'])}]" if one["why_not"] else ""
        print(f"  suggestion ({one['review']}): {one['text']} Why: {one['why']}.{held}")
    for one in study["not_assessed"]:
        name = f" {one['name']}" if one["name"] else ""
        print(f"  not assessed: {one['model']}{name} ({one['gate']}): {one['reason']}")
    for sentence in study["warnings"]:
        print(f"  note: {sentence}")


def _show_findings(
    findings: Sequence[Mapping[str, Any]], categories: Sequence[Mapping[str, Any]]
) -> None:
    """Print grades and classes in a line, then a table: what the film says, and weighed."""
    from rich.console import Console
    from rich.table import Table

    for one in categories:
        print(f"  {one['words']}")
    titles = ("finding", "model", "film says", "95 % interval", "after weighing", "")
    table = Table(*titles, box=None, pad_edge=True)
    for one in sorted(findings, key=lambda f: -f["probability"]):
        after = one["posttest"]
        table.add_row(
            one["display"],
            one["model"],
            f"{one['probability']:.1%}",
            f"{one['low']:.1%} to {one['high']:.1%}",
            f"{after['value']:.1%}" if after else "not weighed",
            "above its cut-off" if one["positive"] else "",
        )
    Console(width=110).print(table)
