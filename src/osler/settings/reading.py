"""Where settings are read from.

First wins: the environment (OSLER_…), a file that the environment names (OSLER_…_FILE), the
settings file, the default.
"""

import difflib
import os
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import platformdirs
from pydantic import ValidationError
from pydantic_settings import EnvSettingsSource

from osler.errors import Misuse
from osler.settings.fields import PREFIX, Settings

FILE_NAME = "osler.toml"
PAGE = "docs/reference/settings.md"
PLACES = {"data_dir", "database", "objects", "master_key_file", "models_dir", "guidelines_dir"}


@dataclass(frozen=True)
class Origin:
    """Where a value came from: ``name`` is what is written there, ``place`` names it in full."""

    kind: Literal["environment", "named file", "settings file"]
    name: str
    place: str


@dataclass(frozen=True)
class Fault:
    """A setting that cannot be used. No secret stands in ``found``."""

    setting: str
    found: str
    expected: str
    to_do: str

    @property
    def sentence(self) -> str:
        """What was found, what was expected and what to do."""
        return f"{self.setting}: found {self.found}; expected {self.expected}; {self.to_do}"


@dataclass(frozen=True)
class Inspected:
    """All that environment and files say.

    ``settings`` come of what can be used, ``origins`` say from where (a default has none).
    ``faults`` stop every command; ``ignored`` stop none, because what they name is not read.
    ``overruled`` are sentences on settings that two sources give.
    """

    settings: Settings
    origins: Mapping[str, Origin]
    file: Path | None
    faults: tuple[Fault, ...]
    ignored: tuple[Fault, ...]
    overruled: tuple[str, ...]


class _Unfit(ValueError):
    """A value that is not even of the kind that its setting takes."""

    def __init__(self, found: str, expected: str) -> None:
        super().__init__(found)
        self.found, self.expected = found, expected


def read_settings() -> Settings:
    """Read the settings from environment and files.

    Raises
    ------
    Misuse
        One cannot be used, or the settings file holds a key that is none.
    """
    found = inspect_settings()
    if found.faults:
        first = found.faults[0]
        inside = first.setting.startswith(PREFIX)
        where = "in the environment (OSLER_…)" if inside else "in the settings file"
        raise Misuse(
            f"a setting {where} cannot be used: {first.sentence}; "
            "osler settings check names all, see docs/reference/settings.md"
        )
    return found.settings


def inspect_settings() -> Inspected:
    """Read all sources, going on after each fault, so that one look finds everything."""
    env = {name.upper(): text for name, text in os.environ.items() if text}
    file, table, faults = _settings_file(env)
    values: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    ignored, overruled = list(_unknown_variables(env)), list[str]()
    for name in Settings.model_fields:
        for origin, load in _given(name, env, file=file, table=table):
            try:
                value = load()
            except (OSError, ValueError) as error:
                faults.append(_unloaded(origin, error))
                continue
            if name not in values:
                values[name], origins[name] = value, origin
            elif values[name] != value and origin.kind == "named file":
                found = f"this and {origins[name].name}, which differ (the latter is used)"
                ignored.append(Fault(origin.name, found, "one of them", "remove the other"))
            elif values[name] != value:
                overruled.append(f"{name}: {origins[name].place} wins over {origin.place}")
    settings, unfit = _made(values, origins)
    faults += unfit
    return Inspected(
        settings, origins, file, tuple(faults), ignored=tuple(ignored), overruled=tuple(overruled)
    )


def _settings_file(env: Mapping[str, str]) -> tuple[Path | None, dict[str, Any], list[Fault]]:
    """Return the settings file that is used, the settings in it, and its faults."""
    named = env.get(f"{PREFIX}SETTINGS")
    data_dir = Path(env.get(f"{PREFIX}DATA_DIR") or Settings().data_dir).expanduser()
    folders = (data_dir, platformdirs.user_config_path("osler", appauthor=False))
    for place in [Path(named).expanduser()] if named else [one / FILE_NAME for one in folders]:
        origin = Origin("settings file", f"{PREFIX}SETTINGS" if named else str(place), str(place))
        try:
            table = tomllib.loads(place.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            if named or not isinstance(error, FileNotFoundError | NotADirectoryError):
                return place, {}, [_unloaded(origin, error)]
        else:
            known = {name: table[name] for name in Settings.model_fields if name in table}
            return place, known, [_unknown_key(one, place) for one in table if one not in known]
    return None, {}, []


def _given(
    name: str, env: Mapping[str, str], *, file: Path | None, table: Mapping[str, Any]
) -> Iterator[tuple[Origin, Callable[[], Any]]]:
    """Yield where a setting is given, first what wins, and how to get its value."""
    variable = PREFIX + name.upper()
    pointer = f"{variable}_FILE"
    if variable in env:
        yield Origin("environment", variable, variable), lambda: _decoded(name, env[variable])
    if pointer in env and f"{name}_file" not in Settings.model_fields:
        place = Path(env[pointer]).expanduser()
        origin = Origin("named file", pointer, f"{place} ({pointer})")
        yield origin, lambda: _decoded(name, place.read_text(encoding="utf-8").strip())
    if name in table:
        yield Origin("settings file", name, str(file)), lambda: _placed(name, table[name])


def _decoded(name: str, text: str) -> Any:  # noqa: ANN401 - whatever the field takes
    """Turn a text into what a field takes: JSON where it is a table."""
    field = Settings.model_fields[name]
    source = EnvSettingsSource(Settings)
    try:
        return source.prepare_field_value(name, field, text, value_is_complex=False)
    except ValueError as error:
        raise _Unfit(f"{text!r:.60}", 'JSON such as {"name": 0.5}') from error


def _placed(name: str, value: Any) -> Any:  # noqa: ANN401 - whatever stands in the file
    """Refuse a relative place in the settings file: it would depend on where a command runs."""
    text = str(value).removeprefix("sqlite:///")
    if name in PLACES and "://" not in text and not Path(text).expanduser().is_absolute():
        raise _Unfit(f"{value!r:.60}", "a path that begins at the root, in a settings file")
    return value


def _made(values: Mapping[str, Any], origins: Mapping[str, Origin]) -> tuple[Settings, list[Fault]]:
    """Make the settings of all values that fit, and say what is wrong with the others."""
    try:
        return Settings(**values), []
    except ValidationError as error:
        wrong = [one for one in error.errors() if one["loc"][0] in values]
        names = {str(one["loc"][0]) for one in wrong}
        if not names:
            raise
        fit = {name: value for name, value in values.items() if name not in names}
        return _made(fit, origins)[0], [
            _unfit(one["loc"], one["msg"], given=one["input"], origin=origins[str(one["loc"][0])])
            for one in wrong
        ]


def _unfit(place: tuple[int | str, ...], message: str, *, given: object, origin: Origin) -> Fault:
    """Say that a value is not one that its setting takes; a secret is not shown."""
    secret = "SecretStr" in str(Settings.model_fields[str(place[0])].annotation)
    found = "a value that is not shown" if secret else f"{given!r:.60}"
    expected = message.removeprefix("Value error, ").removeprefix("Input should be ")
    inner = "".join(f".{part}" for part in place[1:])
    name = f"{origin.name}{inner}"
    return Fault(name, found, expected.partition(", unable")[0], _to_do(origin))


def _unloaded(origin: Origin, error: OSError | ValueError) -> Fault:
    """Say that a value, or the whole settings file, could not even be read."""
    if isinstance(error, OSError):
        found = f"{error.filename}, which cannot be read ({error.strerror})"
        to_do = "correct the path, or have the file opened to you"
        return Fault(origin.name, found, "a file that you may read", to_do)
    if isinstance(error, tomllib.TOMLDecodeError):
        return Fault(origin.name, f"a fault ({error})", "a file in TOML", _to_do(origin))
    if isinstance(error, _Unfit):
        return Fault(origin.name, error.found, error.expected, _to_do(origin))
    return Fault(origin.name, "bytes that are no text", "text in UTF-8", _to_do(origin))


def _to_do(origin: Origin) -> str:
    """Say where to correct a value."""
    if origin.kind == "environment":
        return "correct it in the environment"
    return f"correct it in {origin.place}"


def _unknown_key(name: str, file: Path) -> Fault:
    """Say that a key of the settings file is none, and which one was probably meant."""
    found = "a key that is no setting"
    return Fault(name, found, _nearest(name.lower(), prefix=""), f"correct it in {file}")


def _unknown_variables(env: Mapping[str, str]) -> Iterator[Fault]:
    """Yield each variable that looks like a setting and is none."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    known |= {f"{name}_FILE" for name in known} | {f"{PREFIX}SETTINGS"}
    for name in sorted(env):
        if name.startswith(PREFIX) and name not in known:
            expected = _nearest(name.removeprefix(PREFIX).lower(), prefix=PREFIX)
            yield Fault(name, "a variable that is no setting", expected, "correct or unset it")


def _nearest(name: str, *, prefix: str) -> str:
    """Return the setting that is most like a name, or where all are listed."""
    near = difflib.get_close_matches(name.removeprefix(PREFIX.lower()), Settings.model_fields, n=1)
    shown = prefix + (near[0].upper() if prefix else near[0]) if near else ""
    return f"perhaps {shown}" if near else f"one of those in {PAGE}"
