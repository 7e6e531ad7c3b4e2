"""What a person can type or set is in the reference, and the reference promises nothing else."""

import json
import re
import runpy
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic import BaseModel

from house.tree import REPOSITORY
from osler.cli.main import app
from osler.learn import recipe
from osler.settings import Settings, inspect_settings

REFERENCE = REPOSITORY / "docs" / "reference"
HOW_TO = REPOSITORY / "docs" / "how-to"
HELP = {"--help", "-h"}
TABLES: dict[str, type[BaseModel]] = {
    "The recipe": recipe.Recipe,
    "`[[outputs]]`": recipe.OutputPlan,
    "A stage: `[[pretrain]]`, `[warm]`, `[fit]`": recipe.Stage,
    "`augment`": recipe.Augmentation,
    "`[[variants]]`": recipe.Variant,
    "`[cross_check]`": recipe.CrossCheck,
    "`[gates]`": recipe.GatePlan,
}


def commands() -> Iterator[tuple[str, Any]]:
    """Yield each command's full name and what Typer makes of it; groups are passed through."""
    waiting: list[tuple[str, Any]] = [("osler", typer.main.get_command(app))]
    while waiting:
        name, command = waiting.pop()
        parts: Mapping[str, Any] = getattr(command, "commands", {})
        waiting += [(f"{name} {part}", inner) for part, inner in parts.items()]
        if not parts:
            yield name, command


def section(text: str, title: str, level: str = "##") -> str:
    """Return what stands under a heading."""
    found = re.search(
        rf"^{level} {re.escape(title)}$(.*?)(?=^#{{1,{len(level)}}} |\Z)",
        text,
        flags=re.DOTALL | re.MULTILINE,
    )
    assert found is not None, f"no heading {level} {title}"
    return found.group(1)


def first_cells(text: str) -> list[list[str]]:
    """Return the names in the first column of the tables of a text."""
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    return [re.findall(r"`([^`]+)`", cell) for cell in rows]


COMMANDS = dict(commands())


def test_the_page_has_a_section_for_each_command_and_for_no_other() -> None:
    """A command that nobody can find is not there; one that is gone wastes an evening."""
    text = (REFERENCE / "cli.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## `(osler [^`]+)`$", text, flags=re.MULTILINE)
    assert sorted(headings) == sorted(COMMANDS)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_option_of_a_command_is_documented_and_no_other(name: str) -> None:
    """An option that the page promises and the command refuses stops a night shift's script."""
    part = section((REFERENCE / "cli.md").read_text(encoding="utf-8"), f"`{name}`")
    listed = {names[0].split()[0] for names in first_cells(part) if names[0].startswith("--")}
    parameters = COMMANDS[name].params
    real = {opt for one in parameters for opt in one.opts if opt.startswith("-")} - HELP
    assert listed == real
    arguments = {str(one.name).upper() for one in parameters if one.param_type_name == "argument"}
    assert {word for word in arguments if f"`{word}`" not in part} == set()


def test_every_exit_code_is_documented() -> None:
    """Scripts decide by the exit code alone."""
    from osler.errors import EXIT_CODES

    text = (REFERENCE / "cli.md").read_text(encoding="utf-8")
    listed = {int(code) for code in re.findall(r"^\| (\d+) \|", text, flags=re.MULTILINE)}
    assert listed == {0, *EXIT_CODES.values()}


def test_every_key_that_analyze_prints_is_documented() -> None:
    """The page says what the schema says: programs are written from the page."""
    schema = json.loads((REFERENCE / "report.schema.json").read_text(encoding="utf-8"))
    part = section((REFERENCE / "cli.md").read_text(encoding="utf-8"), "`osler analyze`")
    parts = [schema["$defs"][name] for name in ("summary", "finding", "not_assessed")]
    keys = {key for one in parts for key in one["properties"]}
    assert {key for key in keys if f"`{key}`" not in part} == set()


def test_the_page_of_settings_is_what_the_class_says() -> None:
    """A setting that is misspelt is not read, and nobody is told."""
    text = (REFERENCE / "settings.md").read_text(encoding="utf-8")
    tool = runpy.run_path(str(REPOSITORY / "tools" / "settings_page.py"))
    assert text == tool["page"](), "run: python tools/settings_page.py"
    listed = {names[0] for names in first_cells(text)}
    assert listed == {f"OSLER_{name.upper()}" for name in Settings.model_fields}


def test_the_settings_file_on_the_page_is_one_that_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An example is what people copy."""
    text = (REFERENCE / "settings.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```toml\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
    (tmp_path / "osler.toml").write_text(example, encoding="utf-8")
    monkeypatch.setenv("OSLER_SETTINGS", str(tmp_path / "osler.toml"))
    assert inspect_settings().faults == ()


@pytest.mark.parametrize("title", TABLES)
def test_every_key_of_a_recipe_is_documented_with_its_default(title: str) -> None:
    """Who trains by the page must get what the page says."""
    text = (HOW_TO / "train-a-model.md").read_text(encoding="utf-8")
    lines = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in section(text, title, "###").splitlines()
        if line.startswith("| `")
    ]
    assert {line[0].strip("`"): line[1] for line in lines} == {
        name: shown(field.is_required(), field.get_default(call_default_factory=True))
        for name, field in TABLES[title].model_fields.items()
    }


def shown(required: bool, default: object) -> str:
    """Return a default as the page writes it."""
    if required:
        return "needed"
    if isinstance(default, BaseModel):
        return "table"
    if default is None or default in ((), {}):
        return "none"
    if isinstance(default, tuple):
        return ", ".join(f"`{one}`" for one in default)
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


@pytest.mark.parametrize("folder", [REFERENCE, HOW_TO], ids=lambda folder: folder.name)
def test_links_between_pages_lead_somewhere(folder: Path) -> None:
    """A dead link is found by the person who needed it."""
    dead = []
    for page in sorted(folder.glob("*.md")):
        targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        dead += [f"{page.name}: {one}" for one in targets if not (page.parent / one).exists()]
    assert dead == []
