"""``osler jobs``: what waits, what is at work, what was put into quarantine and why."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from osler.cli.kept import Json, Limit, kept, row, table
from osler.cli.talk import print_json
from osler.errors import Misuse

app = typer.Typer(help="The queue: list, retry, cancel.", no_args_is_help=True)
Id = Annotated[str, typer.Argument(metavar="JOB", help="Id of a job, from osler jobs list.")]
STATES = ("waiting", "claimed", "running", "done", "quarantined", "cancelled")


@app.command("list")
def list_(
    state: Annotated[
        str | None, typer.Option(help=f"Only jobs in one state: {', '.join(STATES)}.")
    ] = None,
    limit: Limit = 100,
    before: Annotated[
        str | None, typer.Option(metavar="JOB", help="The last job of the page before.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List jobs, the newest first.

    Example:

      osler jobs list --state quarantined
    """
    from osler.records import JobId

    if state is not None and state not in STATES:
        raise Misuse(f"--state {state!r}: there is no such state; expected {', '.join(STATES)}")
    with kept("OPERATIONS") as opened:
        mark = JobId(before) if before is not None else None
        jobs = opened.desk.jobs.list(state=state, limit=limit, before=mark)
    rows = [row(one) for one in jobs]
    if as_json:
        print_json(rows)
        return
    table(rows, "job_id", "kind", "priority", "state", "attempts", "created_at", "reason")


@app.command("retry")
def retry(job: Id, as_json: Json = False) -> None:
    """Play a job again that was put into quarantine or cancelled."""
    from osler.records import JobId

    with kept("OPERATIONS") as opened:
        found = opened.desk.jobs.retry(JobId(job), now=datetime.now(UTC))
    _show(row(found), as_json=as_json)


@app.command("cancel")
def cancel(job: Id, as_json: Json = False) -> None:
    """Cancel a job that waits or is at work; no result of it is stored."""
    from osler.records import JobId

    with kept("OPERATIONS") as opened:
        found = opened.desk.jobs.cancel(JobId(job), now=datetime.now(UTC))
    _show(row(found), as_json=as_json)


def _show(found: dict[str, object], *, as_json: bool) -> None:
    """Print one job."""
    if as_json:
        print_json(found)
    else:
        print(f"{found['job_id']}: {found['state']}")
