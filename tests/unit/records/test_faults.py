"""What the disk and the store say becomes a sentence, and decides whether to try again."""

import errno

import pytest
from obstore.exceptions import GenericError, PermissionDeniedError

from osler.errors import NotAllowed, OslerError, OurFault, TryLater
from osler.records.faults import disk_faults, store_faults

DISK = [
    (errno.ENOSPC, TryLater, "disk is full"),
    (errno.EDQUOT, TryLater, "disk is full"),
    (errno.EROFS, TryLater, "read-only"),
    (errno.EACCES, NotAllowed, "does not permit"),
    (errno.ENOENT, TryLater, "folder is gone"),
    (errno.EIO, TryLater, "reports a fault"),
    (errno.EMFILE, TryLater, "no free handle"),
    (errno.EINVAL, OurFault, "EINVAL"),
]
STORE = [
    ("Server returned non-2xx status code: 503 Service Unavailable: ", TryLater, "answers 503"),
    ("Server returned non-2xx status code: 429 Too Many Requests: ", TryLater, "answers 429"),
    ("HTTP error: error sending request", TryLater, "cannot be reached"),
    ("Server returned non-2xx status code: 400 Bad Request: ", OurFault, "answers 400"),
    ("Received redirect without LOCATION", OurFault, "own region"),
    ("Unable to open file: Permission denied (os error 13)", NotAllowed, "does not permit"),
    ("Unable to write: No space left on device (os error 28)", TryLater, "disk is full"),
]


@pytest.mark.parametrize(("number", "kind", "sentence"), DISK)
def test_a_fault_of_the_disk_has_its_sentence(
    number: int, kind: type[OslerError], sentence: str
) -> None:
    """What passes by itself is tried again, and what does not is shown to a person."""
    with pytest.raises(kind, match=f"^writing a film: .*{sentence}"), disk_faults("writing a film"):
        raise OSError(number, "as the system says it")


@pytest.mark.parametrize(("text", "kind", "sentence"), STORE)
def test_a_fault_of_the_store_has_its_sentence(
    text: str, kind: type[OslerError], sentence: str
) -> None:
    """A store that is busy is no reason to give up a study."""
    with pytest.raises(kind, match=f"^writing: .*{sentence}"), store_faults("writing"):
        raise GenericError(f"Generic S3 error: {text}")


def test_a_refusal_says_what_to_look_at() -> None:
    """A wrong secret does not become right by trying again."""
    with pytest.raises(NotAllowed, match="see the key id and the secret"), store_faults("writing"):
        raise PermissionDeniedError("status code: 403 Forbidden")


def test_what_a_store_answers_is_not_repeated() -> None:
    """The body of an answer may hold anything, and messages end up in logs."""
    with pytest.raises(TryLater) as found, store_faults("writing"):
        raise GenericError("status code: 503 Service Unavailable: <Key>Doe^Jane</Key>")
    assert "Doe" not in str(found.value)
