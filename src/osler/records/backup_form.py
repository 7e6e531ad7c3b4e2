"""The form of a backup: sealed parts of rows, and a manifest that vouches for each of them.

``manifest.json`` is plain: names of tables, counts, SHA-256 of each part, and an HMAC over it all
under a key derived from the master key. It is written last: a folder without it is no backup.
A part is JSON lines, one row each, compressed and sealed.
"""

import base64
import hashlib
import hmac
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Self

from osler.errors import Damaged, NotAllowed, NotFound, NotSupported
from osler.records import durable
from osler.records.faults import disk_faults
from osler.records.keys import MasterKey
from osler.records.sealing import seal, unseal

FORMAT = 1
MANIFEST = "manifest.json"
PART_BYTES = 4 * 1024**2
_LEVEL = 3


@dataclass(frozen=True)
class Part:
    """One file of rows: SHA-256 (hexadecimal) and size (bytes) as it lies there."""

    file: str
    sha256: str
    size: int
    rows: int


@dataclass(frozen=True)
class Section:
    """All rows of one table, or of the list of objects."""

    name: str
    columns: tuple[str, ...]
    parts: tuple[Part, ...]

    @property
    def rows(self) -> int:
        """How many rows."""
        return sum(part.rows for part in self.parts)


@dataclass(frozen=True)
class Manifest:
    """What a backup holds. ``step`` is the step of the tables, as migrations count."""

    backup_id: str
    made_at: datetime
    step: str
    fingerprint: str
    tables: tuple[Section, ...]
    objects: Section
    object_bytes: int
    format: int = FORMAT

    @property
    def sections(self) -> tuple[Section, ...]:
        """All sections, the list of objects last."""
        return (*self.tables, self.objects)

    def table(self, name: str) -> Section:
        """Return the rows of a table; none where the backup does not know it."""
        known = (one for one in self.tables if one.name == name)
        return next(known, Section(name, (), ()))


@dataclass(frozen=True)
class Parts:
    """The parts in the folder of one backup; each is bound to its backup and its name."""

    folder: Path
    backup_id: str
    key: bytes = field(repr=False)

    @classmethod
    def of(cls, folder: Path, master: MasterKey, backup_id: str) -> Self:
        """Return the parts of a backup."""
        return cls(folder, backup_id, master.derive(f"backup {backup_id}"))

    def write(self, file: str, lines: Sequence[bytes]) -> Part:
        """Write one part, durably."""
        packed = zlib.compress(b"\n".join(lines), _LEVEL)
        sealed = seal(packed, self.key, bound_to=self._bound(file))
        with disk_faults(f"writing the backup {self.folder}"):
            durable.replace(self.folder / file, (sealed,))
        return Part(file, hashlib.sha256(sealed).hexdigest(), len(sealed), len(lines))

    def read(self, part: Part) -> list[list[Any]]:
        """Return the rows of one part.

        Raises
        ------
        Damaged
            It is missing, or not as the manifest says.
        """
        file = self.folder / part.file
        with disk_faults(f"reading the backup {self.folder}"):
            sealed = file.read_bytes() if file.is_file() else None
        if sealed is None or hashlib.sha256(sealed).hexdigest() != part.sha256:
            found = "is missing" if sealed is None else "was altered"
            raise Damaged(f"{part.file} of the backup {self.folder} {found}; take another backup")
        packed = unseal(sealed, self.key, bound_to=self._bound(part.file))
        return [json.loads(line) for line in zlib.decompress(packed).split(b"\n")]

    def rows(self, section: Section) -> Iterator[list[Any]]:
        """Yield the rows of a section, a part in memory at a time; Damaged as ``read`` says."""
        for part in section.parts:
            yield from self.read(part)

    def drop(self, section: Section) -> None:
        """Remove the parts of a section."""
        with disk_faults(f"clearing the backup {self.folder}"):
            for part in section.parts:
                (self.folder / part.file).unlink()

    def _bound(self, file: str) -> str:
        """Return what the seal of a part is bound to."""
        return f"{file} of backup {self.backup_id}"


class SectionWriter:
    """Writes the rows of one section into parts of about 4 MB."""

    def __init__(self, parts: Parts, name: str, columns: Sequence[str]) -> None:
        self._parts = parts
        self._name = name
        self._columns = tuple(columns)
        self._lines: list[bytes] = []
        self._bytes = 0
        self._written: list[Part] = []

    def add(self, row: Sequence[object]) -> None:
        """Add one row; dates, times and bytes become text."""
        line = json.dumps([as_text(value) for value in row], ensure_ascii=False).encode()
        self._lines.append(line)
        self._bytes += len(line)
        if self._bytes >= PART_BYTES:
            self._write()

    def done(self) -> Section:
        """Write what is left, and return what was written."""
        if self._lines:
            self._write()
        return Section(self._name, self._columns, tuple(self._written))

    def _write(self) -> None:
        """Write one part."""
        file = f"{self._name}-{len(self._written) + 1:06d}.part"
        self._written.append(self._parts.write(file, self._lines))
        self._lines, self._bytes = [], 0


def as_text(value: object) -> object:
    """Return a value as JSON has it."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    return value


def from_text(value: Any, kind: type) -> Any:  # noqa: ANN401 - a column may hold anything
    """Return a value as it was, by the kind of its column."""
    if value is None:
        return None
    if kind is bytes:
        return base64.b64decode(value)
    if kind in {datetime, date}:
        return kind.fromisoformat(value)
    return value


def write_manifest(folder: Path, manifest: Manifest, master: MasterKey) -> None:
    """Write the manifest, durably: from now on the folder is a backup."""
    said = asdict(manifest) | {"made_at": manifest.made_at.isoformat()}
    text = json.dumps({"manifest": said, "mac": _mac(said, master)}, indent=1)
    with disk_faults(f"writing the backup {folder}"):
        durable.sync_folder(folder)
        durable.replace(folder / MANIFEST, (text.encode(),))


def read_manifest(folder: Path, master: MasterKey) -> Manifest:
    """Return the manifest of a backup.

    Raises
    ------
    NotFound
        There is none: no backup, or one that was interrupted.
    NotAllowed
        It was made under another master key.
    Damaged
        It was altered.
    NotSupported
        It is of a newer form.
    """
    file = folder / MANIFEST
    with disk_faults(f"reading the backup {folder}"):
        if not file.is_file():
            raise NotFound(
                f"{folder} is no whole backup: it has no {MANIFEST}, which is written last; take "
                "another, this one was interrupted"
            )
        content = file.read_bytes()
    try:
        whole = json.loads(content)
        said, mac = dict(whole["manifest"]), str(whole["mac"])
        if said["fingerprint"] != master.fingerprint():
            raise NotAllowed(
                f"the backup {folder} was made under the master key {said['fingerprint']}, the key "
                f"given is {master.fingerprint()}; give the key it was made under"
            )
        if said["format"] != FORMAT:
            raise NotSupported(
                f"the backup {folder} is in form {said['format']}, need {FORMAT}; use the version "
                "of Osler that made it"
            )
        if not hmac.compare_digest(mac, _mac(said, master)):
            raise Damaged(f"{MANIFEST} of the backup {folder} was altered; take another backup")
        return _manifest(said)
    except (ValueError, KeyError, TypeError) as error:
        raise Damaged(f"{file} is not a manifest; take another backup") from error


def _mac(said: dict[str, Any], master: MasterKey) -> str:
    """Return the HMAC over what a manifest says."""
    text = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
    return hmac.digest(master.derive("backup manifest"), text, "sha256").hex()


def _manifest(said: dict[str, Any]) -> Manifest:
    """Return a manifest from its JSON."""
    return Manifest(
        **said
        | {
            "made_at": datetime.fromisoformat(said["made_at"]),
            "tables": tuple(_section(one) for one in said["tables"]),
            "objects": _section(said["objects"]),
        }
    )


def _section(said: dict[str, Any]) -> Section:
    """Return a section from its JSON."""
    parts = tuple(Part(**part) for part in said["parts"])
    return Section(said["name"], tuple(said["columns"]), parts)
