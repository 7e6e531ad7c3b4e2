"""``osler records``: what is kept, and what was found in it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from osler.cli import backups, patients
from osler.cli.kept import Json, Kept, Limit, in_words, kept, row, table
from osler.cli.talk import print_json
from osler.errors import Misuse, NotFound

if TYPE_CHECKING:
    from osler.records import StudyId

app = typer.Typer(help="What is kept: studies, patients, results, backups.", no_args_is_help=True)
app.add_typer(patients.app, name="patients")
app.command("backup")(backups.backup)
app.command("restore")(backups.restore)
app.command("verify")(backups.verify)
STATES = ("receiving", "complete", "queued", "analysed", "failed", "cancelled")


@app.command("studies")
def studies(
    state: Annotated[
        str | None, typer.Option(help=f"Only studies in one state: {', '.join(STATES)}.")
    ] = None,
    limit: Limit = 100,
    before: Annotated[
        str | None, typer.Option(metavar="STUDY", help="The last study of the page before.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List the studies that are kept, the newest first. No names are shown."""
    from osler.records import StudyId

    if state is not None and state not in STATES:
        raise Misuse(f"--state {state!r}: there is no such state; expected {', '.join(STATES)}")
    with kept("OPERATIONS") as opened:
        mark = StudyId(before) if before is not None else None
        found = opened.desk.studies.list(state=state, limit=limit, before=mark)
    rows = [row(one) for one in found]
    if as_json:
        print_json(rows)
        return
    table(rows, "study_id", "state", "priority", "modalities", "instances", "study_date", "source")


@app.command("show")
def show(
    study: Annotated[
        str, typer.Argument(help="Id of a study, from osler records studies, or its UID.")
    ],
    out: Annotated[
        Path | None,
        typer.Option(help="Also write the report of the current result into this folder."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show one study: what is kept of it, its current result, and earlier ones.

    Example:

      osler records show 0198c0de-0000-7000-8000-000000000000 --out report
    """
    with kept("TREATMENT") as opened:
        found = _found(opened, _study_id(opened, study), out)
    if as_json:
        print_json(found)
        return
    for name, value in found["study"].items():
        print(f"{name.replace('_', ' ')}: {in_words(value)}")
    _show_result(found)


@app.command("dataset")
def dataset(
    out: Annotated[Path, typer.Argument(help="Folder to write the data set to.")],
    finding: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Only one finding, as pneumonia; all where left out."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a data set of reviewed studies: what readers said becomes the labels.

    Pictures leave as pixels without a header, patients under numbers that are drawn anew each
    time and kept nowhere. Look at the pictures before you pass them on: text that is burnt in and
    that no header names is still there.

    Example:

      osler records dataset reviewed --finding pneumonia
    """
    from osler.workflow.labelled import export_labelled

    with kept("RESEARCH") as opened:
        done = export_labelled(opened.desk, out, finding=finding)
    if as_json:
        print_json(
            {
                "pictures": done.pictures,
                "labels": dict(done.labels),
                "left_out": dict(done.left_out),
                "folder": str(out),
            }
        )
        return
    print(f"{done.pictures} pictures in {out}")
    for name, count in sorted(done.labels.items()):
        print(f"  {name}: {count}")
    for reason, count in sorted(done.left_out.items()):
        print(f"  left out: {count} ({reason})")


def _study_id(opened: Kept, named: str) -> "StudyId":
    """Return the id of a study that was named by id or by UID."""
    from osler.clinical import StudyUid
    from osler.records import StudyId

    if "." not in named:
        return StudyId(named)
    found = opened.desk.studies.find(StudyUid(named))
    if found is None:
        raise NotFound(f"no study of the UID {named} is kept; see osler records studies")
    return found


def _found(opened: Kept, study_id: "StudyId", out: Path | None) -> dict[str, Any]:
    """Return all that is shown of one study."""
    from osler.report import summary, write

    study = opened.desk.studies.get(study_id)
    results = opened.desk.results.of_study(study_id)
    current = next((one for one in results if one.superseded_at is None), None)
    result = None
    if current is not None:
        draft = opened.desk.results.draft(current.draft_id)
        files = write(draft, out).by_kind() if out is not None else None
        result = {**row(current), "report": summary(draft, files)}
    elif out is not None:
        raise NotFound(f"study {study_id} has no result yet ({study.state}); nothing was written")
    earlier = [row(one) for one in results if one is not current]
    return {"study": row(study), "result": result, "earlier": earlier}


def _show_result(found: dict[str, Any]) -> None:
    """Print the current result in lines, as ``osler analyze`` does."""
    from osler.cli.analyze import show_study

    result = found["result"]
    if result is None:
        print("result: none yet")
        return
    behind = result["revision"] < found["study"]["revision"]
    print(f"result: {result['draft_id']}, {result['stored_at']}{', older than the study' * behind}")
    for one in found["earlier"]:
        print(f"superseded: {one['draft_id']}, {one['stored_at']}")
    show_study(result["report"])
    for file in result["report"]["files"].values():
        print(f"  {file}")
