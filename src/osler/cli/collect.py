"""``osler collect``: bring films and records in, to stay."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from osler.cli import collect_records as records
from osler.cli.kept import Json, kept
from osler.cli.talk import print_json, progress, say_refusals

if TYPE_CHECKING:
    from osler.workflow.intake import TakenIn

REFUSED = 3

app = typer.Typer(help="Bring films and records in, to stay.", no_args_is_help=True)


app.command("fhir")(records.fhir)
app.command("hl7")(records.hl7)
app.command("csv")(records.csv)


@app.command("files")
def files(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Files, folders, zip archives or DICOMDIRs.", show_default=False),
    ] = None,
    record: Annotated[
        list[Path] | None,
        typer.Option(help="A patient's record: FHIR R4, simple JSON or CSV. May be repeated."),
    ] = None,
    source: Annotated[
        str, typer.Option(help="Who sent it: a name of your own, such as ward-3.")
    ] = "files",
    urgent: Annotated[
        bool, typer.Option("--urgent", help="These studies are worked on before all others.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Store films and records for good, and put their studies into the queue for the workers.

    Examples:

      osler collect files folder/ disc.zip

      osler collect files film.dcm --record patient.json --urgent --json

    When the command ends, everything it names as stored is on disk, and the studies count as
    complete. Giving something twice does no harm.

    Exit code: 0 everything is stored, 3 some was refused (the rest is stored), 75 try later.
    """
    from osler.workflow.intake import Delivery, take_in
    from osler.workflow.opening import pressure_on

    with kept("TREATMENT", create=True) as opened, progress(quiet=as_json) as tell:
        quiet = opened.settings.quiet_seconds_by_source.get(source)
        taken = take_in(
            opened.records,
            opened.desk,
            Delivery(
                paths=paths or [],
                record_paths=record or [],
                source=source,
                is_urgent=urgent,
                quiet=timedelta(seconds=quiet) if quiet is not None else None,
            ),
            pressure=pressure_on(opened.records, opened.settings),
            clock=lambda: datetime.now(UTC),
            on_progress=tell,
        )
    _show(taken, as_json=as_json)
    if taken.refusals:
        raise typer.Exit(REFUSED)


def _show(taken: "TakenIn", *, as_json: bool) -> None:
    """Print the counts on stdout, and each refusal on stderr."""
    say_refusals(taken.refusals)
    if as_json:
        print_json(
            {
                "read": taken.read,
                "stored": taken.stored,
                "refused": taken.refused,
                "studies": len(taken.studies),
                "refusals": [vars(one) for one in taken.refusals],
            }
        )
        return
    print(
        f"read {taken.read}, stored {taken.stored}, refused {taken.refused}; "
        f"studies: {len(taken.studies)}"
    )
