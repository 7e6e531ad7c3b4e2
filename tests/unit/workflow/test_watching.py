"""A worker is dead when its count stands still while the watcher's own clock runs."""

from osler.workflow.watching import Watch


def a_watch() -> Watch:
    """Return a watch that looks every 2 s and takes 15 s of silence for death."""
    return Watch(dead_after_s=15.0, beat_s=2.0)


def test_a_worker_whose_count_stands_still_is_dead_after_its_time() -> None:
    """The films it held must go to somebody who lives."""
    watch = a_watch()
    told = [watch.dead({"w1": 7}, at=2.0 * look) for look in range(10)]
    assert told == [()] * 8 + [("w1",)] * 2


def test_a_worker_that_beats_is_never_dead() -> None:
    """Two workers on one film would be the cost of a wrong guess."""
    watch = a_watch()
    assert {watch.dead({"w1": look}, at=2.0 * look) for look in range(100)} == {()}


def test_one_beat_in_time_begins_the_silence_anew() -> None:
    """A worker that is slow is not dead."""
    watch = a_watch()
    beats = [1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2]
    assert {watch.dead({"w1": beat}, at=2.0 * look) for look, beat in enumerate(beats)} == {()}


def test_a_watcher_that_slept_for_an_hour_does_not_take_the_others_for_dead() -> None:
    """After an outage of the database everybody seems silent at the first look."""
    watch = a_watch()
    watch.dead({"w1": 7}, at=0.0)
    assert watch.dead({"w1": 7}, at=3600.0) == ()
    assert watch.dead({"w1": 8}, at=3602.0) == ()


def test_a_worker_that_comes_back_is_watched_from_its_first_sight() -> None:
    """What was before it left says nothing."""
    watch = a_watch()
    for look in range(7):
        watch.dead({"w1": 7}, at=2.0 * look)
    assert watch.dead({}, at=14.0) == ()
    assert watch.dead({"w1": 7}, at=16.0) == ()
    assert watch.dead({"w1": 7}, at=18.0) == ()
