"""Objects in a folder and in a bucket: the same promises in both."""

import hashlib
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from make.stores import make_bucket, options_of
from osler.errors import Damaged, Misuse, NotAllowed, NotFound
from osler.records.keys import MasterKey
from osler.records.objects import Objects

MASTER = MasterKey.of("0b" * 32)
KEY = bytes(range(32))
OTHER_KEY = bytes(32)
CONTENT = b"a film of the chest" * 2000

Open = Callable[..., Objects]


@pytest.fixture(params=["folder", "bucket"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Return what opens one place again and again."""
    if request.param == "folder":
        where, options = str(tmp_path / "objects"), {}
    else:
        endpoint = request.getfixturevalue("s3")
        bucket = f"b{uuid.uuid4().hex}"
        make_bucket(endpoint, bucket)
        where, options = f"s3://{bucket}/osler/objects", options_of(endpoint)

    def opened(*, master: MasterKey = MASTER, create: bool = True) -> Objects:
        return Objects.open(where, master=master, create=create, options=options)

    return opened


@pytest.fixture
def objects(reopen: Open) -> Objects:
    """Return a new, empty place."""
    return reopen()


def alter(objects: Objects, address: str) -> None:
    """Change one bit of an object as it lies there."""
    sealed = bytearray(objects.raw(address))
    sealed[-1] ^= 1
    objects.put_raw(address, bytes(sealed))


def test_what_was_put_comes_back_bit_for_bit(objects: Objects, reopen: Open) -> None:
    """The film that is analysed is the film that was sent, also by the next process."""
    kept = objects.put(CONTENT, holder="p1", key=KEY)
    assert kept.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert kept.size == len(CONTENT)
    assert reopen(create=False).get(kept.address, holder="p1", key=KEY) == CONTENT


@pytest.mark.parametrize("size", [0, 1, 6 * 1024**2, 40 * 1024**2])
def test_every_size_comes_back(objects: Objects, size: int) -> None:
    """An empty document is kept like any other, and a large film goes up in parts."""
    content = bytes(size)
    kept = objects.put(content, holder="p1", key=KEY)
    assert objects.get(kept.address, holder="p1", key=KEY) == content


def test_equal_content_of_one_patient_is_kept_once(objects: Objects) -> None:
    """A film that is sent every night must not fill the disk."""
    kept = {objects.put(CONTENT, holder="p1", key=KEY) for _ in range(3)}
    assert len(kept) == 1
    assert [one.address for one in objects.list()] == [one.address for one in kept]


def test_equal_content_of_two_patients_is_kept_apart(objects: Objects) -> None:
    """Forgetting one patient must not take the other's film, and nobody sees that it is equal."""
    one = objects.put(CONTENT, holder="p1", key=KEY)
    other = objects.put(CONTENT, holder="p2", key=OTHER_KEY)
    assert one.address != other.address
    objects.delete(one.address)
    assert objects.get(other.address, holder="p2", key=OTHER_KEY) == CONTENT


def test_the_address_says_nothing_without_the_master_key(objects: Objects) -> None:
    """Who has a film must not find out from the store whose it is."""
    kept = objects.put(CONTENT, holder="p1", key=KEY)
    plain = hashlib.sha256(CONTENT).hexdigest()
    assert kept.address != plain
    assert kept.address == objects.address_of(plain, holder="p1")


def test_nothing_of_the_content_lies_open(objects: Objects) -> None:
    """A stolen disk shows no name."""
    kept = objects.put(b"PatientName: DOE^JANE" * 50, holder="p1", key=KEY)
    assert b"DOE" not in objects.raw(kept.address)


def test_an_object_that_is_not_there_is_named(objects: Objects) -> None:
    """Missing and altered are different answers: one may never have been put."""
    with pytest.raises(NotFound, match=f"object {'ab' * 32} is not in the store"):
        objects.get("ab" * 32, holder="p1", key=KEY)
    objects.delete("ab" * 32)


def test_an_altered_object_is_never_returned(objects: Objects) -> None:
    """A wrong film looks as good as a right one."""
    kept = objects.put(CONTENT, holder="p1", key=KEY)
    alter(objects, kept.address)
    with pytest.raises(Damaged, match=kept.address):
        objects.get(kept.address, holder="p1", key=KEY)


def test_putting_again_mends_an_altered_object(objects: Objects) -> None:
    """After a power loss a sender sends again, and must not be told that all is well as it is."""
    kept = objects.put(CONTENT, holder="p1", key=KEY)
    alter(objects, kept.address)
    assert objects.put(CONTENT, holder="p1", key=KEY) == kept
    assert objects.get(kept.address, holder="p1", key=KEY) == CONTENT


def test_another_holder_or_key_opens_nothing(objects: Objects) -> None:
    """A row that names the wrong patient must not show the right film."""
    kept = objects.put(CONTENT, holder="p1", key=KEY)
    with pytest.raises(Damaged):
        objects.get(kept.address, holder="p2", key=KEY)
    with pytest.raises(Damaged):
        objects.get(kept.address, holder="p1", key=OTHER_KEY)


def test_an_object_moved_to_another_address_does_not_open(objects: Objects) -> None:
    """Who can write the store must not be able to swap two films of one patient."""
    one = objects.put(CONTENT, holder="p1", key=KEY)
    other = objects.put(b"another film", holder="p1", key=KEY)
    objects.put_raw(one.address, objects.raw(other.address))
    with pytest.raises(Damaged):
        objects.get(one.address, holder="p1", key=KEY)


def test_a_name_holds_the_last_content(objects: Objects) -> None:
    """A step that is done again replaces what it made before."""
    first = objects.put_named("step/1", b"first", holder="p1", key=KEY, durable=False)
    second = objects.put_named("step/1", b"second", holder="p1", key=KEY)
    assert first.address == second.address == objects.address_of_name("step/1", holder="p1")
    assert objects.get(second.address, holder="p1", key=KEY) == b"second"
    assert len(list(objects.list())) == 1


def test_the_listing_is_in_the_order_of_addresses(objects: Objects) -> None:
    """The scrubber walks along it beside the tables, in little memory."""
    kept = [objects.put(f"{i}".encode(), holder="p1", key=KEY) for i in range(300)]
    listed = [one.address for one in objects.list()]
    assert listed == sorted(one.address for one in kept)


def test_many_writers_at_once_disturb_nobody(objects: Objects) -> None:
    """The same film by two doors at once is one film, whole."""
    contents = [f"film {i % 10}".encode() * 500 for i in range(120)]

    def put(content: bytes) -> str:
        return objects.put(content, holder="p1", key=KEY).address

    with ThreadPoolExecutor(12) as pool:
        addresses = list(pool.map(put, contents))
    assert len(set(addresses)) == len(list(objects.list())) == 10
    for content, address in zip(contents, addresses, strict=True):
        assert objects.get(address, holder="p1", key=KEY) == content


def test_sealed_bytes_travel_as_they_are(objects: Objects, tmp_path: Path) -> None:
    """A backup copies what it cannot open, and what it copies opens where it came from."""
    kept = objects.put(CONTENT, holder="p1", key=KEY)
    copy = Objects.open(str(tmp_path / "copy"), master=MASTER, create=True)
    copy.put_raw(kept.address, objects.raw(kept.address))
    assert copy.get(kept.address, holder="p1", key=KEY) == CONTENT
    with pytest.raises(Damaged, match="not a sealed object"):
        copy.put_raw(kept.address, b"plain")


@pytest.mark.parametrize("address", ["", "../../etc/passwd", "AB" * 32, "ab" * 31])
def test_what_is_no_address_is_refused(objects: Objects, address: str) -> None:
    """An address out of a request must not lead out of the store."""
    with pytest.raises(Misuse, match="no address"):
        objects.get(address, holder="p1", key=KEY)


def test_another_master_key_is_refused_at_the_door(reopen: Open) -> None:
    """Under a wrong key every film would look damaged, and new ones would be lost to the old."""
    reopen()
    with pytest.raises(NotAllowed, match="do not open with this master key"):
        reopen(master=MasterKey.of("0c" * 32))


def test_two_processes_that_open_at_once_get_one_store(reopen: Open) -> None:
    """Two workers start together on the first day."""
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: reopen().store_id, range(16)))
    assert len(set(found)) == 1


def test_a_place_that_is_empty_is_not_taken_for_the_store(reopen: Open, tmp_path: Path) -> None:
    """A disk that is not mounted leaves an empty folder; nothing may be put or missed there."""
    (tmp_path / "objects").mkdir()
    with pytest.raises(NotFound, match="holds no objects of Osler"):
        reopen(create=False)
