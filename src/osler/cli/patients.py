"""``osler records patients``: which rows are one person, and forgetting one."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from osler.cli.kept import Json, Kept, kept
from osler.cli.talk import print_json, say
from osler.errors import Misuse, NotFound

if TYPE_CHECKING:
    from osler.records import PatientId

app = typer.Typer(help="Patients: find, show, merge, unmerge, forget.", no_args_is_help=True)
Id = Annotated[str, typer.Argument(metavar="PATIENT", help="Id of a patient.")]


@app.command("find")
def find(
    number: Annotated[str, typer.Argument(help="A number of the patient, as documents name it.")],
    issuer: Annotated[
        str | None, typer.Option(help="Who gave the number. [default: OSLER_DEFAULT_ISSUER]")
    ] = None,
    as_json: Json = False,
) -> None:
    """Find a patient by a number."""
    from osler.clinical import Identifier, Patient

    with kept("TREATMENT") as opened:
        found = opened.desk.patients.find(Patient(identifiers=(Identifier(number, issuer),)))
        if found is None:
            raise NotFound(
                "no patient with this number is kept; expected one that is, of the issuer given "
                "(--issuer)"
            )
        patient = _patient(opened, found)
    _show(patient, as_json=as_json)


@app.command("show")
def show(patient: Id, as_json: Json = False) -> None:
    """Show who a patient is by all documents that came in."""
    from osler.records import PatientId

    with kept("TREATMENT") as opened:
        found = _patient(opened, PatientId(patient))
    _show(found, as_json=as_json)


@app.command("merge")
def merge(
    patient: Id,
    into: Annotated[str, typer.Argument(metavar="INTO", help="Id of the patient that lives on.")],
) -> None:
    """Say that two patients are one person; unmerge takes it back."""
    from osler.records import PatientId

    with kept("OPERATIONS") as opened:
        opened.desk.patients.merge(PatientId(patient), PatientId(into), now=datetime.now(UTC))


@app.command("unmerge")
def unmerge(patient: Id) -> None:
    """Take back that a patient was merged into another."""
    from osler.records import PatientId

    with kept("OPERATIONS") as opened:
        opened.desk.patients.unmerge(PatientId(patient), now=datetime.now(UTC))


@app.command("forget")
def forget(
    patient: Id,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; it cannot be undone.")] = False,
) -> None:
    """Destroy a patient's key and all that names them: nobody can open it again, nor any copy.

    Backups made before hold the key still: make a new one, and destroy the old ones.
    """
    from osler.records import PatientId

    if not yes:
        raise Misuse(
            f"patient {patient} would be forgotten for good; expected --yes; nothing was done"
        )
    with kept("PATIENT_REQUEST") as opened:
        number = opened.desk.patients.forget(PatientId(patient), now=datetime.now(UTC))
    say(f"patient {patient} is forgotten, with {number} objects")


def _patient(opened: Kept, patient_id: "PatientId") -> dict[str, Any]:
    """Return what is shown of a patient."""
    patient = opened.desk.patients.get(patient_id)
    return {
        "patient_id": patient_id,
        "one_person": list(opened.desk.patients.one_person(patient_id)),
        "identifiers": [{"issuer": n.issuer, "value": n.value} for n in patient.identifiers],
        "name": patient.name,
        "sex": str(patient.sex),
        "birth_date": patient.birth_date.isoformat() if patient.birth_date else None,
        "disputes": list(opened.desk.patients.disputed((patient_id,))),
    }


def _show(patient: dict[str, Any], *, as_json: bool) -> None:
    """Print a patient."""
    if as_json:
        print_json(patient)
        return
    numbers = (f"{n['value']} ({n['issuer'] or 'no issuer'})" for n in patient["identifiers"])
    print(f"patient: {patient['patient_id']}")
    print(f"one person: {', '.join(patient['one_person'])}")
    print(f"numbers: {', '.join(numbers)}")
    for name in ("name", "sex", "birth_date"):
        print(f"{name.replace('_', ' ')}: {patient[name] or ''}")
    for sentence in patient["disputes"]:
        print(f"dispute: {sentence.partition(': ')[2]}")
