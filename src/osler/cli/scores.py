"""``osler scores``: which scores there are, and what each is made of."""

from typing import Annotated

import typer

from osler.cli.guidelines import guidelines_in_use
from osler.cli.kept import Json
from osler.cli.talk import print_json

app = typer.Typer(help="Clinical scores: list, show.", no_args_is_help=True)


@app.command("list")
def list_scores(as_json: Json = False) -> None:
    """List the scores that Osler can compute, and how many were read in a source."""
    from osler.workflow.scores import listed_scores

    rows = listed_scores(guidelines_in_use())
    if as_json:
        print_json(rows)
        return
    for one in rows:
        mark = "" if one["verified"] else " (not verified)"
        print(f"{one['name']:20} {one['display']}: {one['about']}{mark}")
    print(f"{sum(one['verified'] for one in rows)} verified of {len(rows)}")


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of a score.")],
    as_json: Json = False,
) -> None:
    """Show what a score is made of, for whom it holds, and where its numbers were read."""
    from osler.workflow.scores import score_lines, score_named

    found = score_named(name, guidelines_in_use())
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    print("\n".join(score_lines(found)))
