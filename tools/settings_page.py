"""Write docs/reference/settings.md from the class of the settings.

Run after changing it: python tools/settings_page.py. A test compares the page with the class.
"""

import json
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from osler.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference" / "settings.md"
# The first setting of each part of the table.
PARTS = {
    "data_dir": "Where everything is kept",
    "user": "Who acts, and what counts as the same",
    "quiet_seconds": "Work",
    "models_dir": "Models and guidelines",
}
HEAD = """# Settings

<!-- Written by tools/settings_page.py from src/osler/settings; tests/house/test_documented.py
compares. -->

Settings are read once, when a command starts. Where one is given more than once, the first of
these wins:

1. the environment: `OSLER_WORKER_THREADS=4`
2. a file that the environment names, for secrets: `OSLER_DATABASE_FILE=/run/secrets/database`.
   Every setting below can be given so (`OSLER_…_FILE`), but for the master key, whose file is a
   setting itself
3. the settings file, in TOML: `worker_threads = 4`. It is the one that `OSLER_SETTINGS` names,
   else `osler.toml` in the data folder, else `osler.toml` in the system's own place for a user's
   settings. A path in it begins at the root; a key that is no setting is an error
4. the default

`osler settings check` names everything that is wrong at once, `osler settings show` says what is
in effect and where it came from. Neither shows a secret.
"""
TAIL = """
## A settings file

```toml
database = "postgresql://osler@db.example.org/osler"
objects = "s3://osler-objects/main"
objects_endpoint = "https://s3.example.org"
objects_key_id = "osler"
default_issuer = "St Elsewhere"
worker_threads = 4

[quiet_seconds_by_source]
CT1 = 300

[pretest]
tuberculosis = 0.02
```

with `OSLER_OBJECTS_SECRET_FILE` and `OSLER_MASTER_KEY_FILE` in the environment. In the
environment, a table is JSON: `OSLER_PRETEST='{"tuberculosis": 0.02}'`.

## The master key

Everything that is kept is encrypted under keys that the master key wraps. *Without it nothing can
be read again, by nobody.* Keep a copy of it apart from the records and their backups. Its file
holds 64 hexadecimal digits and is refused where anybody but its owner may read it. Every host of
one database needs the same key.

## Models

`OSLER_ALLOW_MODELS` never lets an *altered* file through: graph and fingerprint must be those that
the package's card names. A name in `OSLER_PRETEST` that no package judges is an error (exit 2), as
it is in `--pretest`.

ONNX Runtime reports to its maker unless told not to; Osler tells it not to before it loads
([decision 0006](../decisions/0006-the-telemetry-of-onnx-runtime-is-switched-off.md)).
"""


def default_of(field: FieldInfo) -> str:
    """Return a default as the page writes it."""
    extra = field.json_schema_extra
    if isinstance(extra, dict) and "default" in extra:
        return str(extra["default"])
    value: Any = field.get_default(call_default_factory=True)
    if value is None or value in ({}, frozenset()):
        return "none"
    return f"`{value if isinstance(value, str) else json.dumps(value)}`"


def meaning_of(field: FieldInfo) -> str:
    """Return what a setting is, on one line, with the words it takes where it takes few."""
    words = " ".join(str(field.description).split())
    choices = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
    missing = [one for one in choices if f"`{one}`" not in words]
    if missing:
        raise ValueError(f"the docstring leaves out {missing}")
    return words


def page() -> str:
    """Return the whole page."""
    lines = [HEAD.rstrip()]
    for name, field in Settings.model_fields.items():
        if name in PARTS:
            lines += ["", f"## {PARTS[name]}", "", "| variable | default | meaning |"]
            lines += ["|---|---|---|"]
        variable = f"{PREFIX}{name.upper()}"
        lines += [f"| `{variable}` | {default_of(field)} | {meaning_of(field)} |"]
    return "\n".join([*lines, TAIL.rstrip()]) + "\n"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE.relative_to(ROOT))


if __name__ == "__main__":
    main()
