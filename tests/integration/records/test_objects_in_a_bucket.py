"""What a bucket of objects does when the store fails."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from make.stores import Answering, answering, free_port, make_bucket, options_of
from osler.errors import Misuse, NotAllowed, OslerError, OurFault, TryLater
from osler.records.buckets import BucketPlace
from osler.records.keys import MasterKey
from osler.records.objects import Objects

MASTER = MasterKey.of("0b" * 32)
KEY = bytes(range(32))
ADDRESS = "ab" * 32


@pytest.fixture(scope="module")
def kept(s3: str) -> Objects:
    """Return objects in a bucket that works."""
    make_bucket(s3, "faults")
    return Objects.open("s3://faults/x", master=MASTER, create=True, options=options_of(s3))


@pytest.fixture
def store() -> Iterator[Answering]:
    """Return a store that answers 503, until told otherwise."""
    with answering(503) as server:
        yield server


def at(objects: Objects, endpoint: str) -> Objects:
    """Return the same objects as if their store were elsewhere."""
    place = BucketPlace.open("s3://faults/x", options_of(endpoint))
    return replace(objects, place=place)


def test_a_store_that_answers_503_is_tried_again_and_then_put_off(
    kept: Objects, store: Answering
) -> None:
    """Nothing is acknowledged, nothing is called missing, and the work is done later."""
    objects = at(kept, store.endpoint)
    with pytest.raises(TryLater, match=r"writing an object in s3://faults/x: .* answers 503"):
        objects.put(b"film", holder="p1", key=KEY)
    assert store.requests == 4
    with pytest.raises(TryLater, match=r"reading an object .* answers 503"):
        objects.get(ADDRESS, holder="p1", key=KEY)
    with pytest.raises(TryLater, match=r"listing the objects .* answers 503"):
        list(objects.list())
    with pytest.raises(TryLater, match=r"deleting an object .* answers 503"):
        objects.delete(ADDRESS)


def test_a_store_that_comes_back_goes_on(kept: Objects, store: Answering, s3: str) -> None:
    """A put that was refused is simply done again."""
    with pytest.raises(TryLater):
        at(kept, store.endpoint).put(b"film", holder="p1", key=KEY)
    done = at(kept, s3).put(b"film", holder="p1", key=KEY)
    assert kept.get(done.address, holder="p1", key=KEY) == b"film"


def test_a_store_that_is_not_there_is_put_off(kept: Objects) -> None:
    """The network is cut more often than a disk breaks."""
    with pytest.raises(TryLater, match="cannot be reached"):
        at(kept, f"http://127.0.0.1:{free_port()}").put(b"film", holder="p1", key=KEY)


@pytest.mark.parametrize(
    ("status", "kind", "sentence"),
    [
        (403, NotAllowed, "see the key id and the secret"),
        (401, NotAllowed, "see the key id and the secret"),
        (429, TryLater, "answers 429"),
        (400, OurFault, "see endpoint, bucket and region"),
        (301, OurFault, "the bucket's own region"),
    ],
)
def test_every_answer_has_its_sentence(
    kept: Objects, store: Answering, *, status: int, kind: type[OslerError], sentence: str
) -> None:
    """A wrong secret is for a person, a busy store for the next try."""
    store.status = status
    with pytest.raises(kind, match=sentence):
        at(kept, store.endpoint).put(b"film", holder="p1", key=KEY)


def test_a_bucket_that_does_not_exist_is_not_a_missing_film(s3: str) -> None:
    """A slip in the settings must not read as a loss."""
    place = BucketPlace.open("s3://nowhere", options_of(s3))
    for act in (
        lambda: place.read(f"ab/{ADDRESS}"),
        lambda: place.write(f"ab/{ADDRESS}", (b"x",), durable=True),
        lambda: place.create("osler-objects", b"x"),
    ):
        with pytest.raises(OurFault, match="no bucket of s3://nowhere; make it"):
            act()
    with pytest.raises(OurFault, match="answers 404"):
        list(place.list())


def test_a_bucket_of_other_things_is_left_alone(s3: str) -> None:
    """Osler's objects lie in a prefix of their own."""
    make_bucket(s3, "others")
    place = BucketPlace.open("s3://others", options_of(s3))
    place.write("letters/1", (b"dear",), durable=True)
    with pytest.raises(Misuse, match="holds other things"):
        Objects.open("s3://others", master=MASTER, create=True, options=options_of(s3))


def test_a_bucket_does_not_say_how_much_is_free(kept: Objects) -> None:
    """None is not zero: nobody may be refused for it."""
    assert kept.free_bytes() is None


def test_an_option_that_is_misspelt_is_named() -> None:
    """A misspelt region is found at the start, not by the first film."""
    with pytest.raises(Misuse, match=r"option regoin cannot be used .* endpoint, region"):
        BucketPlace.open("s3://b", {"regoin": "x"})
    with pytest.raises(Misuse, match="allow_http of the object store is 'yes'"):
        BucketPlace.open("s3://b", {"allow_http": "yes"})
    with pytest.raises(Misuse, match="the name s3:///x cannot be used"):
        BucketPlace.open("s3:///x", {})
