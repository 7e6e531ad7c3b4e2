"""``osler models``: which packages there are, what their cards say, whether they are whole."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from osler.cli.importing import import_
from osler.cli.talk import print_json
from osler.errors import Misuse, NotAllowed, NotFound

if TYPE_CHECKING:
    from osler.analyse.record_package import RecordListed
    from osler.analyse.registry import Listed

app = typer.Typer(help="Model packages: list, show, verify, use, import.", no_args_is_help=True)
app.command("import")(import_)
USES = ("active", "shadow", "retired")
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Name = Annotated[str, typer.Argument(help="Name of a package, or name/version.")]


def _listed() -> tuple["Listed", ...]:
    """Return all packages that the settings name."""
    from osler.analyse.registry import default_folder, list_packages
    from osler.settings import read_settings

    settings = read_settings()
    return list_packages(settings.models_dir or default_folder(), allowed=settings.allow_models)


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the packages, their state, and what they look for."""
    rows = [*map(_row, _listed()), *map(_record_row, _scorers())]
    if as_json:
        print_json(rows)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("name", "version", "state", "looks for", box=None)
    for row in rows:
        what = ", ".join(row["outputs"]) or row["reason"] or row["title"]
        table.add_row(row["name"], row["version"], row["state"], what)
    Console(width=120).print(table)


def _row(one: "Listed") -> dict[str, Any]:
    """Return what the list says of a package."""
    card = one.card
    return {
        "name": one.name,
        "version": one.version,
        "state": one.state,
        "title": card.title if card else "",
        "task": card.task if card else "",
        "outputs": [output.name for output in card.outputs if output.shipped] if card else [],
        "not_assessed": [o.name for o in card.outputs if not o.shipped] if card else [],
        "research_only": card.terms.research_only if card else None,
        "sha256": card.files.get("model.onnx", "") if card else "",
        "reason": one.reason,
    }


def _scorers() -> tuple["RecordListed", ...]:
    """Return all packages that score a record."""
    from osler.analyse.record_package import list_record_packages
    from osler.analyse.registry import default_folder
    from osler.settings import read_settings

    settings = read_settings()
    folder = settings.models_dir or default_folder()
    return list_record_packages(folder, allowed=settings.allow_models)


def _record_row(one: "RecordListed") -> dict[str, Any]:
    """Return what the list says of a package that scores a record."""
    card = one.package.card if one.package is not None else None
    return {
        "name": one.name,
        "version": one.version,
        "state": one.state,
        "title": card.title if card else "",
        "task": "record",
        "outputs": [card.output.name] if card else [],
        "not_assessed": [],
        "research_only": card.terms.research_only if card else None,
        "sha256": card.files["model.onnx"] if card else "",
        "reason": one.reason,
    }


def _show_scorer(name: str, *, as_json: bool) -> bool:
    """Show the card of a package that scores a record; False where there is none of that name."""
    wanted, _, version = name.partition("/")
    for one in _scorers():
        if one.name == wanted and version in ("", one.version):
            if one.package is None:
                raise NotAllowed(one.reason)
            card = one.package.card
            if as_json:
                print_json(card.model_dump(mode="json"))
            else:
                from osler.workflow.record_facts import record_card_lines

                print("\n".join(record_card_lines(card, state=one.state)))
            return True
    return False


def _of(name: str) -> "Listed":
    """Return one package of the list by name or name/version."""
    wanted, _, version = name.partition("/")
    for one in _listed():
        if one.name == wanted and version in ("", one.version):
            return one
    known = ", ".join(sorted({one.name for one in _listed()}))
    raise NotFound(f"no model {name!r}; there is {known or 'none'}")


@app.command("show")
def show(name: Name, as_json: Json = False) -> None:
    """Show a package's card."""
    if _show_scorer(name, as_json=as_json):
        return
    one = _of(name)
    if one.card is None:
        raise NotAllowed(one.reason)
    if as_json:
        print_json(one.card.model_dump(mode="json"))
        return
    from osler.workflow.facts import card_lines

    print("\n".join(card_lines(one.card, state=one.state, reason=one.reason)))


@app.command("use")
def use(
    name: Annotated[str, typer.Argument(help="A package by name/version.")],
    state: Annotated[str, typer.Argument(help="active, shadow or retired.")],
) -> None:
    """Say how this site uses a package: active, in shadow (seen by nobody), or not at all.

    Workers take it up within seconds. A package that nobody said anything of is active, if it is
    the newest of its name.

    Example:

      osler models use cxr-tb/1.0.0 shadow
    """
    from osler.cli.kept import kept
    from osler.records import ModelState

    if state not in USES:
        raise Misuse(f"{state!r} is no state of a package; expected {', '.join(USES)}")
    if "/" not in name:
        raise Misuse(
            f"{name!r} names no version; expected name/version, such as {_of(name).name}/1.0.0"
        )
    scorers = [o for o in _scorers() if f"{o.name}/{o.version}" == name]
    one = scorers[0] if scorers else _of(name)
    with kept("OPERATIONS", create=True) as opened:
        now = datetime.now(UTC)
        opened.desk.models.set_state(one.name, one.version, ModelState(state), now=now)


@app.command("uses")
def uses(as_json: Json = False) -> None:
    """List the packages that this site said something of."""
    from osler.cli.kept import kept, table

    with kept("OPERATIONS") as opened:
        states = opened.desk.models.states()
    rows = [
        {"name": name, "version": version, "state": str(state)}
        for (name, version), state in sorted(states.items())
    ]
    if as_json:
        print_json(rows)
        return
    table(rows, "name", "version", "state")


@app.command("verify")
def verify(
    name: Annotated[str | None, typer.Argument(help="One package; all where left out.")] = None,
    as_json: Json = False,
) -> None:
    """Check every file of the packages against its SHA-256."""
    chosen: list[Listed | RecordListed] = [*_listed(), *_scorers()]
    if name:
        wanted = name.partition("/")[0]
        of_record: list[Listed | RecordListed] = [o for o in _scorers() if o.name == wanted]
        chosen = of_record or [_of(name)]
    rows = [
        {
            "name": one.name,
            "version": one.version,
            "verified": one.state != "refused",
            "reason": one.reason,
        }
        for one in chosen
    ]
    if as_json:
        print_json(rows)
    else:
        for row in rows:
            word = "whole" if row["verified"] else f"REFUSED: {row['reason']}"
            print(f"{row['name']} {row['version']}: {word}")
    refused = [row for row in rows if not row["verified"]]
    if refused:
        raise NotAllowed(f"{len(refused)} of {len(rows)} packages are not what was shipped")
