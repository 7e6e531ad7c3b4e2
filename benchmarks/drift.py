"""False alarms of the watch on what comes in, and how soon it finds a change.

A hospital with so many films a day, 20 statistics a film, none of them normal. The limit is set to
one false alarm a year at most. Run: python benchmarks/drift.py [--years N] [--films-a-day N]
"""

import argparse

import numpy as np

from osler.evaluate.drift import Detector

STATISTICS = 20
SETTLED_DAYS = 30
SHIFTS = (0.25, 0.5, 1.0, 2.0)
REPEATS = 12


def film(rng: np.random.Generator, shift: float) -> dict[str, float]:
    """Return the statistics of a film; a shift, in standard deviations, meets a quarter of them."""
    values = rng.normal(size=STATISTICS)
    values[: STATISTICS // 4] += shift
    skewed = np.where(np.arange(STATISTICS) % 2, np.exp(values), values)
    return {f"s{number}": float(value) for number, value in enumerate(skewed)}


def false_alarms(years: int, films_a_day: int) -> int:
    """Return how many alarms come in so many years in which nothing changes."""
    limit, alarms = 365.0 * films_a_day, 0
    for year in range(years):
        rng, detector = np.random.default_rng(year), Detector(limit)
        for _ in range(365 * films_a_day):
            if detector.take(film(rng, 0.0), rng=rng):
                alarms += 1
                detector.begin_anew()
    return alarms


def days_to_find(shift: float, films_a_day: int) -> list[float]:
    """Return the days from a change to its alarm, one for each repeat."""
    days = []
    for repeat in range(REPEATS):
        rng, detector = np.random.default_rng(repeat), Detector(365.0 * films_a_day)
        for _ in range(SETTLED_DAYS * films_a_day):
            detector.take(film(rng, 0.0), rng=rng)
        films = 1
        while not detector.take(film(rng, shift), rng=rng) and films < 365 * films_a_day:
            films += 1
        days.append(films / films_a_day)
    return days


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--years", type=int, default=20)
    parser.add_argument("--films-a-day", type=int, default=50)
    given = parser.parse_args()
    alarms = false_alarms(given.years, given.films_a_day)
    print(f"{given.films_a_day} films a day, {STATISTICS} statistics: ", end="")
    print(f"{alarms} false alarms in {given.years} years (promised: at most {given.years})")
    for shift in SHIFTS:
        days = days_to_find(shift, given.films_a_day)
        print(
            f"a shift of {shift:g} standard deviations in a quarter of the statistics, after "
            f"{SETTLED_DAYS} days: found after {np.median(days):.2f} days at the median, "
            f"{max(days):.2f} at most"
        )


if __name__ == "__main__":
    main()
