"""Sealed objects in a bucket of an S3-compatible store."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Self

import obstore
from obstore.exceptions import AlreadyExistsError
from obstore.store import S3Store

from osler.errors import Misuse, OslerError, OurFault
from osler.records.faults import store_faults
from osler.records.places import Entry

if TYPE_CHECKING:  # obstore has these names for the type checker alone
    from obstore.store import ClientConfig, RetryConfig, S3Config

# What the settings may say; each but the last three is handed to the store under its own name.
OPTIONS = (
    "endpoint",
    "region",
    "access_key_id",
    "secret_access_key",
    "session_token",
    "virtual_hosted",
    "allow_http",
    "root_certificate",
)
_PAGE = 1000
# Larger objects go up in parts of this size, so that a broken connection costs one of them.
_PART_BYTES = 32 * 1024**2
# Short: the work that meets a store which is away longer is tried again as a whole.
_RETRY: "RetryConfig" = {
    "max_retries": 3,
    "retry_timeout": timedelta(seconds=10),
    "backoff": {
        "init_backoff": timedelta(milliseconds=100),
        "max_backoff": timedelta(seconds=2),
        "base": 2,
    },
}


@dataclass(frozen=True)
class BucketPlace:
    """A bucket, or what lies in it under one prefix. The store itself promises durability."""

    name: str
    store: S3Store

    @classmethod
    def open(cls, where: str, options: Mapping[str, str]) -> Self:
        """Return the place ``s3://bucket/prefix``; nothing is asked of the store yet.

        Without a key id, credentials come from where the AWS tools look for them.
        """
        bucket, _, prefix = where.removeprefix("s3://").partition("/")
        unknown = sorted(set(options) - set(OPTIONS))
        if not bucket or unknown:
            named = f"the option {unknown[0]}" if unknown else f"the name {where}"
            raise Misuse(
                f"{named} cannot be used for objects; give s3://bucket/prefix, with the options "
                f"{', '.join(OPTIONS)}"
            )
        config: S3Config = {}
        for name in ("endpoint", "region", "access_key_id", "secret_access_key", "session_token"):
            if name in options:
                config[name] = options[name]
        config["virtual_hosted_style_request"] = _truth("virtual_hosted", options)
        client: ClientConfig = {
            "allow_http": _truth("allow_http", options),
            "connect_timeout": timedelta(seconds=5),
            "timeout": timedelta(seconds=60),
        }
        if "root_certificate" in options:
            client["root_certificate"] = options["root_certificate"]
        with store_faults(f"opening {where}"):
            store = S3Store(
                bucket,
                prefix=prefix.strip("/") or None,
                config=config,
                client_options=client,
                retry_config=_RETRY,
            )
        return cls(where, store)

    def write(self, path: str, parts: Sequence[bytes], *, durable: bool) -> None:
        """Keep the parts; the store answers when they are safe, so ``durable`` changes nothing."""
        del durable
        content = b"".join(parts)
        with store_faults(f"writing an object in {self.name}"):
            try:
                obstore.put(
                    self.store,
                    path,
                    content,
                    use_multipart=len(content) > _PART_BYTES,
                    chunk_size=_PART_BYTES,
                )
            except FileNotFoundError as error:
                raise self._no_bucket() from error

    def create(self, path: str, content: bytes) -> bool:
        """Keep bytes unless something is there."""
        with store_faults(f"writing in {self.name}"):
            try:
                obstore.put(self.store, path, content, mode="create")
            except AlreadyExistsError:
                return False
            except FileNotFoundError as error:
                raise self._no_bucket() from error
        return True

    def may_hold(self, path: str) -> bool:
        """Never look first: writing again costs as much, and mends an object that was altered."""
        del path
        return False

    def settle(self, path: str) -> None:
        """Do nothing: what a bucket shows is durable."""

    def read(self, path: str) -> memoryview | None:
        """Return an object's bytes. A bucket that is not there is a fault, not a missing object."""
        with store_faults(f"reading an object in {self.name}"):
            try:
                return memoryview(obstore.get(self.store, path).bytes())
            except FileNotFoundError as error:
                if "NoSuchBucket" in str(error):
                    raise self._no_bucket() from error
                return None

    def delete(self, path: str) -> None:
        """Remove an object."""
        with store_faults(f"deleting an object in {self.name}"):
            obstore.delete(self.store, path)

    def list(self) -> Iterator[Entry]:
        """Yield all objects. Stores list by name; what comes by folder is put in order here."""
        last = ""
        for shard, entries in groupby(self._pages(), key=lambda entry: entry.path[:2]):
            if shard < last:
                raise OurFault(
                    f"{self.name} lists {shard} after {last}, need the order of names; use a "
                    "general purpose bucket"
                )
            last = shard
            yield from sorted(entries, key=lambda entry: entry.path)

    def _pages(self) -> Iterator[Entry]:
        """Yield the objects as the store lists them."""
        with store_faults(f"listing the objects in {self.name}"):
            for page in obstore.list(self.store, chunk_size=_PAGE):
                for one in page:
                    yield Entry(one["path"], one["size"], one["last_modified"])

    def is_empty(self) -> bool:
        """Ask for the first object."""
        return next(self._pages(), None) is None

    def prepare(self) -> None:
        """Do nothing: a bucket has no folders, and making buckets is the owner's."""

    def clear_leftovers(self, *, older_than: datetime) -> int:
        """Do nothing: parts of broken uploads are cleared by a rule of the bucket."""
        del older_than
        return 0

    def free_bytes(self) -> int | None:
        """Return None: a bucket does not say."""
        return None

    def _no_bucket(self) -> OslerError:
        """Return the error for a bucket that is not there."""
        return OurFault(f"there is no bucket of {self.name}; make it, or correct the settings")


def _truth(name: str, options: Mapping[str, str]) -> bool:
    """Read an option that is true or false; false where it is not given."""
    text = options.get(name, "false").lower()
    if text not in {"true", "false"}:
        raise Misuse(f"the option {name} of the object store is {text!r}, need true or false")
    return text == "true"
