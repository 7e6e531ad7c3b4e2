"""Sealed objects in a local folder."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import obstore
from obstore.store import LocalStore

from osler.errors import NotFound, TryLater
from osler.records import durable as disk
from osler.records.faults import disk_faults, store_faults
from osler.records.places import SHARDS, Entry

_PAGE = 1000
# The root of a file system of its own has this folder.
_NOT_OURS = frozenset({"lost+found"})


@dataclass(frozen=True)
class FolderPlace:
    """A folder with 256 folders in it, all made beforehand so that a put never makes one.

    obstore reads, lists and deletes; writing is ours, since obstore's local store does not fsync.
    """

    folder: Path
    store: LocalStore

    @classmethod
    def open(cls, folder: Path, *, create: bool) -> Self:
        """Return the place of a folder, which is made if need be."""
        folder = folder.absolute()
        with disk_faults(f"making the folder of objects {folder}"):
            if create:
                disk.make_folder(folder)
            elif not folder.is_dir():
                raise NotFound(f"no folder of objects: {folder} is not there; is it mounted?")
        return cls(folder, LocalStore(folder))

    @property
    def name(self) -> str:
        """Return the folder."""
        return str(self.folder)

    def write(self, path: str, parts: Sequence[bytes], *, durable: bool) -> None:
        """Keep the parts in place of what was there."""
        with disk_faults(f"writing an object in {self.folder}"):
            disk.replace(self.folder / path, parts, durable=durable)

    def create(self, path: str, content: bytes) -> bool:
        """Keep bytes durably unless something is there."""
        with disk_faults(f"writing in {self.folder}"):
            return disk.create(self.folder / path, (content,))

    def may_hold(self, path: str) -> bool:
        """Look for the file."""
        with disk_faults(f"looking for an object in {self.folder}"):
            return (self.folder / path).exists()

    def settle(self, path: str) -> None:
        """Fsync file and folder: who wrote it may not have come so far, or have skipped it."""
        file = self.folder / path
        with disk_faults(f"writing an object in {self.folder}"):
            os.utime(file)
            disk.sync_file(file)
            disk.sync_folder(file.parent)

    def read(self, path: str) -> memoryview | None:
        """Return an object's bytes. A folder that vanished is a fault, not a missing object."""
        with store_faults(f"reading an object in {self.folder}"):
            try:
                return memoryview(obstore.get(self.store, path).bytes())
            except FileNotFoundError:
                self._still_there(path)
                return None

    def delete(self, path: str) -> None:
        """Remove a file."""
        with store_faults(f"deleting an object in {self.folder}"):
            try:
                obstore.delete(self.store, path)
            except FileNotFoundError:
                self._still_there(path)

    def list(self) -> Iterator[Entry]:
        """Yield all objects; one of the 256 folders at a time is sorted in memory."""
        for shard in SHARDS:
            with store_faults(f"listing the objects in {self.folder}"):
                self._still_there(f"{shard}/")
                found = [
                    Entry(one["path"], one["size"], one["last_modified"])
                    for page in obstore.list(self.store, shard, chunk_size=_PAGE)
                    for one in page
                ]
            yield from sorted(found, key=lambda entry: entry.path)

    def is_empty(self) -> bool:
        """Say whether nothing lies in the folder, leftovers of a killed writer apart."""
        with disk_faults(f"looking into {self.folder}"), os.scandir(self.folder) as entries:
            return all(one.name in _NOT_OURS or disk.is_leftover(one.name) for one in entries)

    def prepare(self) -> None:
        """Make the folders in the folder."""
        with disk_faults(f"making the folders in {self.folder}"):
            missing = [one for one in SHARDS if not (self.folder / one).is_dir()]
            for shard in missing:
                (self.folder / shard).mkdir(disk.FOLDER_MODE, exist_ok=True)
            if missing:
                disk.sync_folder(self.folder)

    def clear_leftovers(self, *, older_than: datetime) -> int:
        """Remove temporary files that nobody writes any more, told by their age."""
        cleared = 0
        for shard in SHARDS:
            with disk_faults(f"clearing {self.folder}"), os.scandir(self.folder / shard) as files:
                for file in files:
                    changed = datetime.fromtimestamp(file.stat().st_mtime, UTC)
                    if disk.is_leftover(file.name) and changed < older_than:
                        Path(file.path).unlink()
                        cleared += 1
        return cleared

    def free_bytes(self) -> int | None:
        """Return what may still be written by a user who is not root."""
        with disk_faults(f"asking for the free space of {self.folder}"):
            found = os.statvfs(self.folder)
        return found.f_bavail * found.f_frsize

    def _still_there(self, path: str) -> None:
        """Tell an object that is absent from a disk that is."""
        if not (self.folder / path).parent.is_dir() and not (self.folder / path).is_dir():
            raise TryLater(
                f"the folder of objects {self.folder} is gone or lost a part; see that its disk "
                "is mounted"
            )
