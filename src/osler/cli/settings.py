"""``osler settings``: what is set, where it came from, and what is wrong with it."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from osler.cli.talk import print_json
from osler.errors import Misuse

if TYPE_CHECKING:
    from osler.settings import Inspected

app = typer.Typer(help="Settings: check them, show them.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("check")
def check(
    reach: Annotated[
        bool, typer.Option("--reach", help="Also try to open the database and the store.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Name every setting that is wrong: what was found, what was expected, what to do.

    Exit code: 0 all settings are sound, 2 some are wrong.
    """
    from osler.settings import inspect_settings
    from osler.workflow.checking import check_settings

    found = inspect_settings()
    checked = check_settings(found, reach=reach)
    if as_json:
        print_json(
            {
                "sound": not checked.wrong,
                "settings_file": str(found.file) if found.file else None,
                "wrong": [vars(one) for one in checked.wrong],
                "notes": list(checked.notes),
            }
        )
    else:
        print(f"settings file: {found.file or 'none'}")
        for one in checked.wrong:
            print(f"wrong: {one.sentence}")
        for note in checked.notes:
            print(f"note: {note}")
        if not checked.wrong:
            print("all settings are sound")
    if checked.wrong:
        number = len(checked.wrong)
        raise Misuse("1 setting is wrong" if number == 1 else f"{number} settings are wrong")


@app.command("show")
def show(as_json: Json = False) -> None:
    """Show the settings in effect and where each came from; secrets are not shown."""
    from osler.settings import PREFIX, inspect_settings, read_settings

    read_settings()
    found = inspect_settings()
    rows = [_row(name, found) for name in type(found.settings).model_fields]
    if as_json:
        print_json({"settings_file": str(found.file) if found.file else None, "settings": rows})
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("setting", "value", "from", box=None)
    for row in rows:
        value = row["value"]
        table.add_row(row["name"], "" if value is None else _in_words(value), row["from"])
    console = Console(width=160, highlight=False, markup=False)
    console.print(table)
    console.print(f"settings file: {found.file or 'none'}; variables begin with {PREFIX}")


def _in_words(value: Any) -> str:  # noqa: ANN401 - anything that a setting holds
    """Return a value as a line of the table."""
    if isinstance(value, list):
        return ", ".join(value)
    if isinstance(value, dict):
        return ", ".join(f"{name}={one:g}" for name, one in value.items())
    return str(value)


def _row(name: str, found: "Inspected") -> dict[str, Any]:
    """Return one setting as it is shown."""
    origin = found.origins.get(name)
    place = origin.place if origin is not None else "default"
    return {"name": name, "value": _shown(name, found), "from": place}


def _shown(name: str, found: "Inspected") -> Any:  # noqa: ANN401 - anything that JSON holds
    """Return a value without any secret: of an address what is no password, of a key nothing."""
    settings = found.settings
    if name == "database":
        return without_password(settings.database.get_secret_value())
    if name in ("master_key", "objects_secret"):
        return "set" if getattr(settings, name) is not None else None
    value = settings.model_dump(mode="json", include={name})[name]
    return sorted(value) if isinstance(value, list) else value


def without_password(address: str) -> str:
    """Return the address of a database without password and options, which may hold one."""
    from urllib.parse import urlsplit

    parts = urlsplit(address)
    if parts.scheme == "sqlite":
        return address
    user, _, host = parts.netloc.rpartition("@")
    return f"{parts.scheme}://{user.partition(':')[0]}{'@' if user else ''}{host}{parts.path}"
