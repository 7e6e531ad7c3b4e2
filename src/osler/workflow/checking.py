"""What is wrong with the settings: all of it at once, before anything depends on it."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from osler.analyse.registry import JUDGING, default_folder, list_packages
from osler.errors import NotFound, OslerError
from osler.records import MasterKey, master_key
from osler.records.reaching import unreached
from osler.settings import PREFIX, Inspected, Settings
from osler.standards import guideline
from osler.workflow.opening import database_file, is_untouched, records_at


@dataclass(frozen=True)
class Wrong:
    """One setting that is wrong, and the sentence: found, expected, what to do."""

    setting: str
    sentence: str


@dataclass(frozen=True)
class Checked:
    """What is wrong, and what is only worth knowing."""

    wrong: tuple[Wrong, ...]
    notes: tuple[str, ...]


def check_settings(found: Inspected, *, reach: bool = False) -> Checked:
    """Check each setting, and the settings against each other and the world.

    Nothing is created. A connection is opened only if database and store are to be reached.
    """
    faults = (*found.faults, *found.ignored)
    wrong = [Wrong(one.setting, one.sentence) for one in faults]
    for check in (_places, _store, _key, _readable_secrets, _knowledge, _pretests):
        wrong += check(found)
    notes = [*found.overruled, *_notes(found.settings)]
    if reach:
        told = tuple(_reached(found))
        wrong += [one for one in told if isinstance(one, Wrong)]
        notes += [one for one in told if isinstance(one, str)]
    return Checked(tuple(wrong), tuple(notes))


def _wrong(found: Inspected, name: str, sentence: str) -> Wrong:
    """Name a setting as it is written where it was given; a default by its variable."""
    origin = found.origins.get(name)
    written = origin.name if origin is not None else PREFIX + name.upper()
    return Wrong(written, f"{written}: {sentence}")


def _places(found: Inspected) -> Iterator[Wrong]:
    """Name each folder that cannot be written to, or cannot be made."""
    settings = found.settings
    places = {"data_dir": settings.data_dir}
    if (file := database_file(settings)) is not None:
        places["database"] = file.parent
        if file.is_dir():
            yield _wrong(found, "database", f"found a folder at {file}; expected a file; name one")
    if "://" not in settings.objects:
        places["objects"] = Path(settings.objects)
    told = set[Path]()
    for name, place in places.items():
        at = next(one for one in (place, *place.parents) if one.exists())
        if at in told:
            continue
        what = "a file" if not at.is_dir() else "a folder that may not be written to"
        if not (at.is_dir() and os.access(at, os.W_OK | os.X_OK)):
            told.add(at)
            to_do = "name another place, or have it opened to you"
            yield _wrong(found, name, f"found {what} at {at}; expected one to write to; {to_do}")


def _store(found: Inspected) -> Iterator[Wrong]:
    """Name what an S3 store lacks, and what is given for one although there is none."""
    settings = found.settings
    given = [name for name in found.origins if name.startswith("objects_")]
    if not settings.objects.startswith("s3://"):
        for name in given:
            sentence = (
                f"found it, but objects is a folder ({settings.objects}); expected "
                "s3://BUCKET/PREFIX there; set objects, or remove this"
            )
            yield _wrong(found, name, sentence)
        return
    if settings.objects_endpoint is None and settings.objects_region is None:
        sentence = "found neither this nor a region; expected one of them; set it for your S3"
        yield _wrong(found, "objects_endpoint", sentence)
    keys = {name: getattr(settings, name) for name in ("objects_key_id", "objects_secret")}
    ours = settings.objects_endpoint is not None or settings.objects_region is None
    for name, value in keys.items():
        if value is None and (ours or any(keys.values())):
            sentence = f"found nothing; expected it for {settings.objects}; set it for your S3"
            yield _wrong(found, name, sentence)
    endpoint = settings.objects_endpoint or "https://"
    if not endpoint.startswith(("https://", "http://")):
        sentence = f"found {endpoint!r}; expected an address that begins with https://; correct it"
        yield _wrong(found, "objects_endpoint", sentence)
    if endpoint.startswith("http://") and not settings.objects_allow_http:
        sentence = (
            f"found {endpoint}, which is not encrypted on its way; expected https://; correct it, "
            "or allow it with objects_allow_http"
        )
        yield _wrong(found, "objects_endpoint", sentence)


def _key(found: Inspected) -> Iterator[Wrong]:
    """Name a key file that is missing although it is needed, open to others, or no key."""
    settings = found.settings
    file, name = settings.master_key_file, "master_key_file"
    if not file.exists() and settings.master_key is None:
        if name in found.origins or not is_untouched(settings):
            sentence = (
                f"found no file {file}; expected the key of the records (for a first start on "
                "PostgreSQL make one: openssl rand -hex 32); put it there, mode 0600, or set "
                "master_key"
            )
            yield _wrong(found, name, sentence)
        return
    if not file.exists():
        return
    try:
        in_file = master_key(given=None, file=file, create=False)
    except OslerError as error:
        yield _wrong(found, name, str(error))
        return
    if settings.master_key is not None:
        given = MasterKey.of(settings.master_key.get_secret_value())
        if given.fingerprint() != in_file.fingerprint():
            sentence = (
                f"found a key that is not the one in {file} (this one is used); expected one key; "
                "move the file away, or remove this"
            )
            yield _wrong(found, "master_key", sentence)


def _readable_secrets(found: Inspected) -> Iterator[Wrong]:
    """Name secrets in a settings file that others may read."""
    secret = [
        name
        for name, origin in found.origins.items()
        if origin.kind == "settings file" and isinstance(getattr(found.settings, name), SecretStr)
    ]
    if found.file is None or not secret or os.name != "posix":
        return
    mode = found.file.stat().st_mode & 0o777
    for name in secret if mode & 0o077 else ():
        sentence = (
            f"found a secret in a file that others may open (mode {mode:04o}); expected 0600; "
            f"if nobody else can have read it: chmod 600 {found.file}"
        )
        yield _wrong(found, name, sentence)


def _knowledge(found: Inspected) -> Iterator[Wrong]:
    """Name folders of models and guidelines that cannot be used."""
    folder = found.settings.models_dir
    if folder is not None and not folder.is_dir():
        sentence = f"found no folder at {folder}; expected model packages; correct the path"
        yield _wrong(found, "models_dir", sentence)
    elif not any((folder or default_folder()).glob("*/*/card.json")):
        sentence = f"found no package in {folder or default_folder()}; expected some; name others"
        yield _wrong(found, "models_dir", sentence)
    if found.settings.guidelines_dir is not None:
        try:
            guideline.load(found.settings.guidelines_dir)
        except OslerError as error:
            yield _wrong(found, "guidelines_dir", str(error))


def _pretests(found: Inspected) -> Iterator[Wrong]:
    """Name probabilities that are none, and findings that no model judges."""
    settings = found.settings
    if not settings.pretest:
        return
    packages = list_packages(settings.models_dir or default_folder(), allowed=settings.allow_models)
    cards = [one.card for one in packages if one.state == "active" and one.card is not None]
    known = {output.name for card in cards if card.task in JUDGING for output in card.outputs}
    for name, value in settings.pretest.items():
        if name not in known:
            judged = ", ".join(sorted(known)) or "nothing"
            sentence = (
                f"found {name!r}, which no model judges; expected one of {judged}; correct it"
            )
            yield _wrong(found, "pretest", sentence)
        if not 0 < value < 1:
            sentence = f"found {name}={value:g}; expected above 0 and below 1; correct it"
            yield _wrong(found, "pretest", sentence)


def _reached(found: Inspected) -> Iterator[Wrong | str]:
    """Name what cannot be reached or opened; of what answers and is empty, a note."""
    try:
        at = records_at(found.settings)
    except OslerError as error:
        yield f"database and store were not tried: {error}"
        return
    for name, fault in unreached(at):
        if isinstance(fault, NotFound):
            yield f"{name}: nothing is kept there yet ({fault})"
        else:
            yield _wrong(found, name, str(fault))


def _notes(settings: Settings) -> Iterator[str]:
    """Say what a start will do, and what names nothing."""
    given = settings.master_key is not None or settings.master_key_file.exists()
    if not given and is_untouched(settings):
        yield (
            f"there is no key yet at {settings.master_key_file}; the first start makes it. Keep a "
            "copy elsewhere: without it nothing that was kept can be read"
        )
    if settings.objects.startswith("s3://") and settings.objects_key_id is None:
        yield "the credentials of the store come from where the tools of AWS look for them"
    names = {one.name for one in list_packages(settings.models_dir or default_folder())}
    for name in sorted(settings.allow_models - names):
        yield f"allow_models names {name!r}, and there is no such package"
