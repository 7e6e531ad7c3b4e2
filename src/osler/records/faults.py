"""What the disk or the object store says, told as an error of ours with what to do."""

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager

from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError

from osler.errors import NotAllowed, OslerError, OurFault, TryLater

_DISK: tuple[tuple[set[int], type[OslerError], str], ...] = (
    (
        {errno.ENOSPC, errno.EDQUOT, errno.EFBIG},
        TryLater,
        "the disk is full; free some space, nothing half is kept",
    ),
    (
        {errno.EROFS},
        TryLater,
        "the disk is read-only; see the system's log and mount it for writing",
    ),
    (
        {errno.EACCES, errno.EPERM},
        NotAllowed,
        "the system does not permit it; give this folder to the user who runs Osler",
    ),
    (
        {errno.ENOENT, errno.ENOTDIR, errno.ESTALE, errno.ENOTCONN, errno.ENXIO, errno.ENODEV},
        TryLater,
        "the folder is gone; see that its disk is mounted",
    ),
    (
        {errno.EIO},
        TryLater,
        "the disk reports a fault; look at it before anything else",
    ),
    (
        {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN, errno.EBUSY, errno.ETIMEDOUT},
        TryLater,
        "the system has no free handle or memory, or is busy; try again later",
    ),
)
_OS_ERROR = re.compile(r"\(os error (\d+)\)")
_STATUS = re.compile(r"status code: (\d{3})")
# Answers below 500 that pass by themselves.
_PASSING = {408, 409, 412, 425, 429}


@contextmanager
def disk_faults(doing: str) -> Iterator[None]:
    """Tell an OSError of the block as one of our errors; ``doing`` says what was attempted."""
    try:
        yield
    except OSError as error:
        raise of_disk(error.errno, doing) from error


@contextmanager
def store_faults(doing: str) -> Iterator[None]:
    """Tell an error of the disk or of obstore as one of ours."""
    try:
        yield
    except OSError as error:
        raise of_disk(error.errno, doing) from error
    except BaseError as error:
        raise of_store(error, doing) from error


def of_disk(number: int | None, doing: str) -> OslerError:
    """Return our error for a number of the system."""
    for numbers, kind, sentence in _DISK:
        if number in numbers:
            return kind(f"{doing}: {sentence}")
    return OurFault(f"{doing}: the system answers {errno.errorcode.get(number or 0, number)}")


def of_store(error: BaseError, doing: str) -> OslerError:
    """Return our error for one of obstore."""
    text = str(error)
    if system := _OS_ERROR.search(text):
        return of_disk(int(system.group(1)), doing)
    found = _STATUS.search(text)
    status = int(found.group(1)) if found else None
    if isinstance(error, PermissionDeniedError | UnauthenticatedError) or status in {401, 403}:
        return NotAllowed(
            f"{doing}: the object store does not permit it (status {status}); see the key id and "
            "the secret in the settings, and the rights of the bucket"
        )
    if status is None and "redirect" in text:
        return OurFault(f"{doing}: the object store is elsewhere; set the bucket's own region")
    if status is None or status >= 500 or status in _PASSING:
        answer = f"answers {status}" if status else "cannot be reached"
        return TryLater(f"{doing}: the object store {answer}; try again later")
    return OurFault(
        f"{doing}: the object store answers {status}; see endpoint, bucket and region in the "
        "settings"
    )
