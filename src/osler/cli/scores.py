"""``osler scores``: which scores there are, and what each is made of."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from osler.cli.kept import Json
from osler.cli.talk import print_json

if TYPE_CHECKING:
    from osler.standards.guideline import Guidelines, ScoreDefinition

app = typer.Typer(help="Clinical scores: list, show.", no_args_is_help=True)


@app.command("list")
def list_scores(as_json: Json = False) -> None:
    """List the scores that Osler can compute, and how many were read in a source."""
    guidelines = _guidelines()
    rows = [_summary(one) for one in guidelines.scores.values()]
    news2 = guidelines.news2
    rows.append(
        {
            "name": news2.name,
            "display": news2.display,
            "about": "how ill an adult is, by vital signs",
            "verified": news2.is_verified(),
        }
    )
    rows.sort(key=lambda one: one["name"])
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

    found = score_named(name, _guidelines())
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    print("\n".join(score_lines(found)))


def _guidelines() -> "Guidelines":
    """Load the guidelines that the settings name."""
    from osler.settings import read_settings
    from osler.standards import guideline

    folder = read_settings().guidelines_dir
    return guideline.load(folder) if folder else guideline.shipped()


def _summary(one: "ScoreDefinition") -> dict[str, Any]:
    """Return one line of the list."""
    return {
        "name": one.name,
        "display": one.display,
        "about": one.about,
        "verified": one.is_verified(),
    }
