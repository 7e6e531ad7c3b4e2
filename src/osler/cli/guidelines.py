"""``osler guidelines``: which rules there are, whether a file of rules holds, what it changes."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from osler.cli.kept import Json, kept
from osler.cli.talk import print_json

if TYPE_CHECKING:
    from osler.standards.guideline import Guidelines

app = typer.Typer(help="Rules that advise: list, check, effect.", no_args_is_help=True)
File = Annotated[Path, typer.Argument(metavar="FILE", help="A file of rules (TOML).")]


@app.command("list")
def list_rules(as_json: Json = False) -> None:
    """List the rules, and how many were read in their source; the others are never shown."""
    from osler.workflow.guidelines import listed_rules

    rules = listed_rules(guidelines_in_use())
    if as_json:
        print_json(rules)
        return
    for one in rules:
        mark = "" if one["verified"] else " (not verified: never shown)"
        print(f"{one['name']}: {one['recommendation']}{mark}")
        print(f"    {one['source']}, {one['version']}, {one['page']}")
    verified = sum(one["verified"] for one in rules)
    reviewed = sum(one["reviewer"] is not None for one in rules)
    print(f"{verified} verified of {len(rules)}; {reviewed} clinically reviewed")


@app.command("check")
def check(file: File, as_json: Json = False) -> None:
    """Check a file of rules: its form, its FHIRPath, and every example in it.

    Exit code: 0 it holds, 3 it does not (each fault with its line), 4 there is no such file.
    """
    from osler.workflow.guidelines import checked_rules

    pack = checked_rules(file, guidelines_in_use())
    examples = sum(len(rule.examples) for rule in pack.rules)
    verified = sum(rule.is_verified() for rule in pack.rules)
    if as_json:
        print_json(
            {
                "name": pack.name,
                "rules": len(pack.rules),
                "verified": verified,
                "examples": examples,
                "expires": pack.expires.isoformat(),
            }
        )
        return
    print(
        f"{pack.name}: {len(pack.rules)} rules ({verified} verified), {examples} examples, "
        f"all as stated; expires {pack.expires}"
    )


@app.command("effect")
def effect(
    file: File,
    records: Annotated[
        list[Path] | None,
        typer.Option(
            help="Records (files or folders) to try it on instead of what is kept. May be repeated."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what a changed file of rules would say of stored patients, before it goes live.

    It is compared with the rules of the same name that are in force; nothing is stored.
    """
    from osler.workflow.guidelines import (
        checked_rules,
        effect_on,
        patients_kept,
        patients_of_files,
    )

    guidelines = guidelines_in_use()
    pack = checked_rules(file, guidelines)
    if records:
        patients = patients_of_files(records, guidelines, at=datetime.now(UTC))
        met, effects = effect_on(pack, guidelines, patients)
    else:
        with kept("OPERATIONS") as opened:
            met, effects = effect_on(pack, guidelines, patients_kept(opened.desk, guidelines))
    if as_json:
        rows = [
            {
                "rule": one.rule,
                "before": one.before,
                "after": one.after,
                "begins": one.begins,
                "ends": one.ends,
            }
            for one in effects
        ]
        print_json({"name": pack.name, "patients": met, "rules": rows})
        return
    print(f"{pack.name}: tried on {met} patients")
    for one in effects:
        print(
            f"  {one.rule}: fires for {one.before} now, {one.after} with this file "
            f"({one.begins} begin, {one.ends} end)"
        )


def guidelines_in_use() -> "Guidelines":
    """Load the guidelines that the settings name."""
    from osler.settings import read_settings
    from osler.workflow.guidelines import guidelines_of

    return guidelines_of(read_settings())
