"""``osler collect fhir``, ``hl7`` and ``csv``: patients' records, to stay."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from osler.cli.kept import Json, kept
from osler.cli.talk import print_json, progress, say, say_refusals
from osler.errors import Misuse

if TYPE_CHECKING:
    from osler.collect.portions import Asked, Came
    from osler.workflow.record_intake import RecordsTakenIn

REFUSED = 3

Source = Annotated[
    str | None,
    typer.Option(
        help="Who sent it: a name of your own, such as ward-ehr. Ids are unique within one source."
    ),
]


def fhir(
    paths: Annotated[
        list[str], typer.Argument(help="Files, folders, or the address of a FHIR server.")
    ],
    source: Source = None,
    token_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A file with the bearer token for the server."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Store patients' records from FHIR R4: Bundles, resources, NDJSON, or a live server.

    Examples:

      osler collect fhir export/ --source ward-ehr

      osler collect fhir https://ehr.example/fhir --json

    Every resource is stored or refused with a sentence; giving something twice does no harm.

    Exit code: 0 everything is stored, 3 some was refused (the rest is stored), 75 try later.
    """
    from osler.collect.fhir import portions_of
    from osler.collect.fhir_files import objects_of
    from osler.collect.fhir_server import ServerAt, resources_of
    from osler.collect.limits import Limits

    addresses = [one for one in paths if "://" in one]
    if addresses and len(paths) > 1:
        raise Misuse("a server and something else were named; expected one server, or files")
    if token_file is not None and not addresses:
        raise Misuse("--token-file is for a server; expected an address such as https://ehr/fhir")
    if addresses:
        at = ServerAt(addresses[0], _token(token_file))
        _collect(
            lambda asked: portions_of(resources_of(at), asked),
            source=source or at.base,
            is_named=True,
            as_json=as_json,
        )
        return
    found = [Path(one) for one in paths]
    _collect(
        lambda asked: portions_of(objects_of(found, Limits()), asked),
        source=source or "fhir",
        is_named=source is not None,
        as_json=as_json,
    )


def hl7(
    paths: Annotated[list[Path], typer.Argument(help="Files and folders of HL7 v2 messages.")],
    source: Source = None,
    as_json: Json = False,
) -> None:
    """Store what HL7 v2 messages say of patients: ADT, ORU, ORM, OML; others are kept whole.

    Example:

      osler collect hl7 outbox/ --source lab --json

    Every message is stored or refused with a sentence; ADT^A40 says that two patients are one.

    Exit code: 0 everything is stored, 3 some was refused (the rest is stored), 75 try later.
    """
    from osler.collect.hl7 import messages_of
    from osler.collect.limits import Limits

    _collect(
        lambda asked: messages_of(paths, asked, Limits()),
        source=source or "hl7",
        is_named=source is not None,
        as_json=as_json,
    )


def csv(
    path: Annotated[Path, typer.Argument(help="A CSV, or a folder with OMOP tables.")],
    mapping: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Which column is what (TOML); not for OMOP tables."),
    ] = None,
    source: Source = None,
    as_json: Json = False,
) -> None:
    """Store patients' values from a table, by a mapping of its columns, or from OMOP tables.

    Examples:

      osler collect csv labs.csv --mapping labs.toml --source lab

      osler collect csv omop/ --source cohort-7

    Every row is stored or refused with a sentence.

    Exit code: 0 everything is stored, 3 some was refused (the rest is stored), 75 try later.
    """
    from osler.collect.tables import is_omop, mapped_portions, omop_portions
    from osler.standards.record.mapping import read_mapping

    if mapping is None:
        if not is_omop(path):
            raise Misuse("--mapping is missing; expected one, or a folder with person.csv (OMOP)")
        door: Callable[[Asked], Iterator[Came]] = lambda asked: omop_portions(path, asked)  # noqa: E731
    else:
        try:
            text = mapping.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise Misuse(
                f"--mapping {mapping}: cannot be read ({error}); check the path"
            ) from error
        read = read_mapping(text, origin=mapping.name)
        door = lambda asked: mapped_portions(path, read, asked)  # noqa: E731
    _collect(door, source=source or "csv", is_named=source is not None, as_json=as_json)


def _token(file: Path | None) -> str | None:
    """Return the token in a file."""
    if file is None:
        return None
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Misuse(
            f"--token-file {file}: cannot be read ({error}); expected a file with one token"
        ) from error


def _collect(
    door: "Callable[[Asked], Iterator[Came]]", *, source: str, is_named: bool, as_json: bool
) -> None:
    """Store what a door brings, and print what became of it."""
    from osler.collect.portions import Asked
    from osler.standards.guideline import shipped
    from osler.workflow.opening import pressure_on
    from osler.workflow.record_intake import take_in_records

    with kept("TREATMENT", create=True) as opened, progress(quiet=as_json) as tell:
        asked = Asked(source, is_named, shipped().plausible_ranges, datetime.now(UTC))
        taken = take_in_records(
            opened.records,
            opened.desk,
            door(asked),
            source=source,
            pressure=pressure_on(opened.records, opened.settings),
            clock=lambda: datetime.now(UTC),
            on_progress=tell,
        )
    _show(taken, as_json=as_json)
    if taken.refused:
        raise typer.Exit(REFUSED)


def _show(taken: "RecordsTakenIn", *, as_json: bool) -> None:
    """Print the counts on stdout, refusals and conflicts on stderr."""
    say_refusals(tuple(one.refusal for one in taken.refusals))
    for sentence in taken.conflicts:
        say(f"conflict: {sentence}")
    counts = {
        "read": taken.read,
        "stored": taken.stored,
        "refused": taken.refused,
        "patients": taken.patients,
    }
    if as_json:
        refusals = [{**vars(one.refusal), "count": one.count} for one in taken.refusals]
        print_json({**counts, "refusals": refusals, "conflicts": list(taken.conflicts)})
        return
    print(", ".join(f"{name} {number}" for name, number in counts.items()))
