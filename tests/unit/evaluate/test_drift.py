"""The watch on what comes in: quiet while nothing changes, and loud soon after something does."""

import numpy as np
import pytest

from osler.evaluate.drift import BETS, Detector, Stream, pays, share_beyond


def stable(rng: np.random.Generator, shift: float = 0.0) -> dict[str, float]:
    """Return the statistics of one film of a hospital where nothing changes, or is shifted."""
    return {
        "contrast": float(rng.lognormal() * np.exp(shift)),
        "distance": float(rng.normal(loc=shift)),
        "score": float(rng.beta(0.5, 3.0)),
    }


def films_until_alarm(seed: int, *, limit: float, change_at: int, shift: float, most: int) -> int:
    """Return how many films go by until the first alarm, at most ``most``."""
    rng, detector = np.random.default_rng(seed), Detector(limit)
    for number in range(most):
        values = stable(rng, shift if number >= change_at else 0.0)
        if detector.take(values, rng=rng):
            return number + 1
    return most


def test_each_bet_pays_one_on_average_and_never_takes_more_than_was_put_down() -> None:
    """The promise on false alarms rests on nothing else."""
    grid = (np.arange(100_000) + 0.5) / 100_000
    paid = np.array([pays(float(u)) for u in grid[::100]])
    assert paid.shape == (1000, BETS)
    assert paid.min() >= 0.0
    exact = np.mean([pays(float(u)) for u in grid[::10]], axis=0)
    assert exact == pytest.approx(np.ones(BETS), abs=1e-3)


def test_false_alarms_come_no_more_often_than_was_promised() -> None:
    """An alarm that cries every week is switched off, and then misses the week that matters."""
    limit, most = 200.0, 1000
    waits = [
        films_until_alarm(seed, limit=limit, change_at=most, shift=0.0, most=most)
        for seed in range(60)
    ]
    assert np.mean(waits) >= limit


def test_a_shift_by_one_standard_deviation_is_found_within_a_hundred_films() -> None:
    """A new detector plate is noticed the same week, at a limit of one false alarm in 36,500."""
    waits = [
        films_until_alarm(seed, limit=36_500.0, change_at=500, shift=1.0, most=1000)
        for seed in range(10)
    ]
    assert min(waits) > 500
    assert np.median(waits) <= 600


def test_the_statistic_that_changed_is_named_first() -> None:
    """Whoever is called wants to know what to look at."""
    rng, detector = np.random.default_rng(1), Detector(36_500.0)
    for number in range(700):
        values = stable(rng)
        values["contrast"] *= 4.0 if number >= 400 else 1.0
        detector.take(values, rng=rng)
    assert detector.suspects(1)[0][0] == "contrast"


def test_equal_values_are_no_evidence_of_a_change() -> None:
    """A statistic that is always the same must not look like a drift of ranks."""
    rng, stream = np.random.default_rng(0), Stream()
    for _ in range(2000):
        stream.take(1.0, rng=rng)
    assert stream.capital.mean() < 36_500.0


def test_after_an_alarm_the_watch_begins_anew() -> None:
    """The new plate stays; its films are the normal ones from now on."""
    rng, detector = np.random.default_rng(2), Detector(50.0)
    while not detector.take(stable(rng, 0.0 if rng.uniform() < 0.5 else 2.0), rng=rng):
        if detector.streams["score"].count > 5000:
            break
    detector.begin_anew()
    assert detector.evidence == 0.0
    assert not detector.take(stable(rng), rng=rng)


def test_what_is_not_finite_or_not_watched_is_refused() -> None:
    """A NaN would silence the watch for good."""
    rng, detector = np.random.default_rng(3), Detector(100.0)
    detector.take(stable(rng), rng=rng)
    with pytest.raises(ValueError, match="values must be finite, those of score are not"):
        detector.take({"score": float("nan")}, rng=rng)
    with pytest.raises(ValueError, match="mood: not among the statistics"):
        detector.take({"mood": 1.0}, rng=rng)
    with pytest.raises(ValueError, match="need more than 1 film"):
        Detector(1.0)


def test_the_share_beyond_limits_counts_both_sides() -> None:
    """Two of five lie outside 0 to 1."""
    assert share_beyond(np.array([-0.1, 0.0, 0.5, 1.0, 1.1]), 0.0, 1.0) == pytest.approx(0.4)
    assert np.isnan(share_beyond(np.array([]), 0.0, 1.0))
