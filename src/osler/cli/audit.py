"""``osler audit``: who did what, and whether the trail is whole."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from osler.cli.kept import Json, Limit, kept, row, table
from osler.cli.talk import print_json
from osler.errors import NotAllowed

app = typer.Typer(help="The audit trail: verify, list.", no_args_is_help=True)


@app.command("verify")
def verify(as_json: Json = False) -> None:
    """Find every entry that was removed, altered or put in another order.

    Exit code: 0 the trail is whole, 5 it is not.
    """
    with kept("OPERATIONS") as opened:
        found = opened.desk.audit.verify()
    if as_json:
        print_json({"whole": not found.faults, **row(found)})
    else:
        for fault in found.faults:
            print(f"wrong: {fault}")
        print(f"{found.entries} entries in {found.chains} chains")
    if found.faults:
        raise NotAllowed(
            f"the audit trail is not whole: {len(found.faults)} faults found, expected none; "
            "keep the database as it is, and compare it with a backup"
        )


@app.command("list")
def list_(
    patient: Annotated[
        str | None, typer.Option(metavar="PATIENT", help="Only what was done with one patient.")
    ] = None,
    user: Annotated[str | None, typer.Option(help="Only what one user did.")] = None,
    since: Annotated[
        datetime | None, typer.Option(help="Only what was done since a time (UTC).")
    ] = None,
    limit: Limit = 100,
    as_json: Json = False,
) -> None:
    """List entries, the newest first.

    Example:

      osler audit list --user anna --since 2026-03-01
    """
    with kept("OPERATIONS") as opened:
        found = opened.desk.audit.list(
            patient_id=patient,
            user=user,
            since=since.replace(tzinfo=UTC) if since is not None else None,
            limit=limit,
        )
    rows = [row(one) for one in found]
    if as_json:
        print_json(rows)
        return
    table(rows, "at", "user", "purpose", "action", "outcome", "subject")
