"""Uploads that are broken off, answers given twice, and events in the order of their commits."""

import threading
from datetime import timedelta

import pytest

from make.kept import NOW, Kept, an_instance, kept_at
from osler.errors import Conflict, NotFound, TooLarge
from osler.records import Purpose, RecordsAt, Role

LATER = NOW + timedelta(hours=2)


def test_an_upload_goes_on_where_it_was_broken_off_in_another_process(at: RecordsAt) -> None:
    """A line that breaks at 90 % costs 10 %, not everything."""
    with kept_at(at) as kept:
        upload = kept.ada.uploads.begin("a.zip", 6, source="web", priority="routine", now=NOW)
        kept.ada.uploads.append(upload.upload_id, b"abc", offset=0, now=NOW)
    with kept_at(at) as kept:
        known = kept.ada.uploads.get(upload.upload_id)
        assert known.received == 3
        whole = kept.ada.uploads.append(upload.upload_id, b"def", offset=3, now=NOW)
        assert kept.ada.uploads.content(whole) == b"abcdef"
        kept.ada.uploads.finish(upload.upload_id, state="done", outcome={"stored": 1}, now=NOW)
        left = {one.address for one in kept.records.objects.list()}
        assert left.isdisjoint(whole.parts)


def test_an_upload_continued_twice_takes_each_byte_once(kept: Kept) -> None:
    """Two tabs of one browser must not make a film of twice its length."""
    upload = kept.ada.uploads.begin("a.zip", 6, source="web", priority="routine", now=NOW)
    kept.ada.uploads.append(upload.upload_id, b"abc", offset=0, now=NOW)
    with pytest.raises(Conflict, match="stands at byte 3; found a part for byte 0"):
        kept.ada.uploads.append(upload.upload_id, b"abc", offset=0, now=NOW)
    with pytest.raises(TooLarge, match="was said to have 6 bytes"):
        kept.ada.uploads.append(upload.upload_id, b"defg", offset=3, now=NOW)


def test_an_upload_is_its_user_s_alone(kept: Kept) -> None:
    """An id that is guessed or overheard opens nothing."""
    upload = kept.ada.uploads.begin("a.zip", 6, source="web", priority="routine", now=NOW)
    with pytest.raises(NotFound, match="is somebody else's"):
        kept.as_role(Role.CLINICIAN).uploads.append(upload.upload_id, b"abc", offset=0, now=NOW)


def test_an_upload_that_nobody_ends_is_cleared_away(kept: Kept) -> None:
    """Half a film that never came to its end does not fill the disk for ever."""
    upload = kept.ada.uploads.begin("a.zip", 6, source="web", priority="routine", now=NOW)
    kept.ada.uploads.append(upload.upload_id, b"abc", offset=0, now=NOW)
    assert kept.osler.uploads.forget(NOW - timedelta(hours=1)) == 0
    assert kept.osler.uploads.forget(LATER) == 1
    assert list(kept.records.objects.list()) == []


def test_an_answer_is_given_again_and_its_key_serves_no_other_request(kept: Kept) -> None:
    """A client that lost the answer asks again, and nothing is done twice."""
    answers = kept.ada.answers
    assert answers.begin("k1", "aa", now=NOW) is None
    with pytest.raises(Conflict, match="still at work"):
        answers.begin("k1", "aa", now=NOW)
    answers.give("k1", 201, {"id": "x"})
    again = answers.begin("k1", "aa", now=NOW)
    assert again is not None
    assert (again.status, again.body) == (201, {"id": "x"})
    with pytest.raises(Conflict, match="was used for another request"):
        answers.begin("k1", "bb", now=NOW)
    assert kept.as_role(Role.CLINICIAN).answers.begin("k1", "bb", now=NOW) is None


def test_a_key_whose_request_failed_may_be_used_again(kept: Kept) -> None:
    """A fault of ours must not burn the client's key."""
    assert kept.ada.answers.begin("k1", "aa", now=NOW) is None
    kept.ada.answers.take_back("k1")
    assert kept.ada.answers.begin("k1", "aa", now=NOW) is None


def test_whoever_asks_for_what_came_after_misses_nothing(at: RecordsAt) -> None:
    """Two processes write at once; a listener that sees number 7 has seen all up to 7."""
    with kept_at(at) as one, kept_at(at) as other:
        seen: list[int] = []
        done = threading.Event()

        def listen() -> None:
            while not done.is_set() or one.osler.events.after(seen[-1] if seen else 0):
                seen.extend(e.event_id for e in one.osler.events.after(seen[-1] if seen else 0))

        def write(kept: object, first: int) -> None:
            assert isinstance(kept, type(one))
            for study in range(first, first + 15):
                film = an_instance(study=study, PatientID=str(study))
                kept.osler.studies.store(film, source="x", now=NOW)

        listener = threading.Thread(target=listen)
        writers = [threading.Thread(target=write, args=pair) for pair in ((one, 1), (other, 100))]
        listener.start()
        for thread in writers:
            thread.start()
        for thread in writers:
            thread.join()
        done.set()
        listener.join()
        kept_ids = [e.event_id for e in one.osler.events.after(0)]
    assert seen == kept_ids
    assert len(seen) == 30


def test_old_events_are_forgotten_and_numbers_are_never_used_again(kept: Kept) -> None:
    """A client that was away for too long can tell that it missed something."""
    kept.osler.studies.store(an_instance(study=1), source="x", now=NOW)
    first = kept.osler.events.oldest()
    kept.osler.events.forget(LATER)
    assert kept.osler.events.oldest() == 0
    kept.osler.studies.store(an_instance(study=2), source="x", now=LATER)
    assert kept.osler.events.oldest() > first


def test_listening_is_for_those_who_may(kept: Kept) -> None:
    """An auditor reads the trail, not the ward's day."""
    assert kept.records.acting(kept.ada.door.actor, Purpose.TREATMENT).events.listen() == 0
    with pytest.raises(Exception, match="may not read events"):
        kept.as_role(Role.AUDITOR).events.listen()
