"""All checks of a table, as suspicions in sentences with their numbers."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import numpy.typing as npt

from osler.errors import Misuse
from osler.prepare.quality.columns import Column, columns_of
from osler.prepare.quality.drifting import DISTANCE, drift, source_column
from osler.prepare.quality.measures import impossible_in, is_never_zero
from osler.prepare.quality.predicting import alone, by_missing
from osler.prepare.quality.repeating import People, people_of, repeated_rows
from osler.prepare.quality.zeros import zeros_that_mean_missing
from osler.standards.guideline.values import PlausibleRange
from osler.standards.tables import Table

SEED = 7
# What is known only afterwards, by its name; and how well it then has to tell to be suspected.
AFTERWARDS = re.compile(
    r"(?i)(^|[_ ])(time|follow.?up|los|iculos|discharge\w*|death|died|survival|outcome|admi\w+|"
    r"icu|unit|treat\w*|biopsy|readmi\w+|result|diag\w*)($|[_ ])|offset|status"
)
TOO_WELL = 0.95
WELL = 0.65
TELLING_GAP = 0.60
LIFT = 5.0
MOSTLY_MISSING = 0.4
DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?")


@dataclass(frozen=True)
class Suspicion:
    """One thing that may be wrong: what kind, in which column ('' for the table), and why."""

    kind: str
    column: str
    sentence: str


@dataclass(frozen=True, eq=False)
class Report:
    """What was found in one table.

    ``alone`` is the out-of-fold AUROC of each column by itself; empty without a target.
    """

    name: str
    rows: int
    columns: tuple[Column, ...]
    suspicions: tuple[Suspicion, ...]
    people: int
    target: str | None = None
    outcome: npt.NDArray[np.bool_] | None = None
    alone: Mapping[str, float] = field(default_factory=dict)
    drift: Mapping[str, float] = field(default_factory=dict)


def check_tables(
    tables: Sequence[Table],
    *,
    target: str | None,
    ranges: Mapping[str, PlausibleRange],
    now: datetime,
    source: str | None = None,
) -> tuple[Report, ...]:
    """Check each table of a data set.

    Parameters
    ----------
    target
        The column of the outcome, in every table that has it; without one no leak is looked for.
    source
        The column that says where a row comes from; found by its name where None.

    Raises
    ------
    Misuse
        No table has the target or the source.
    """
    for name, what in ((target, "--target"), (source, "--source")):
        if name is not None and not any(name in table.columns for table in tables):
            known = ", ".join(list(tables[0].columns)[:20]) if tables else "no table"
            raise Misuse(f"{what} {name!r}: there is no such column; expected one of {known}")
    return tuple(_check(one, target, ranges, now=now, source=source) for one in tables)


def _check(
    table: Table,
    target: str | None,
    ranges: Mapping[str, PlausibleRange],
    *,
    now: datetime,
    source: str | None,
) -> Report:
    """Check one table."""
    columns = columns_of(table)
    people = people_of(columns, table.rows)
    found = [*_of_rows(columns, table.rows, people)]
    for one in columns:
        found += _of_column(one, ranges, now)
    outcome = None
    scores: dict[str, float] = {}
    goal = next((one for one in columns if one.name == target), None)
    if goal is not None:
        outcome = _outcome(goal)
        if outcome.all() or not outcome.any():
            found.append(Suspicion("single class", goal.name, "the outcome has one value only"))
        else:
            others = [one for one in columns if one is not goal and one.name != people.column]
            for one in others:
                scores[one.name], said = _leaks(one, outcome, people)
                found += said
            found += _separable(scores)
    sources = next((one for one in columns if one.name == source), None) or source_column(columns)
    drifting = {}
    if sources is not None:
        others = [one for one in columns if one.name not in (sources.name, people.column)]
        drifting = dict(drift(others, sources.codes))
        found += [
            Suspicion("drift", name, f"differs between values of {sources.name} (KS {far:.2f})")
            for name, far in drifting.items()
            if far >= DISTANCE
        ]
    return Report(
        table.name, table.rows, columns, tuple(found), people.number, target if goal else None,
        outcome, scores, drifting,
    )  # fmt: skip


def _of_rows(columns: Sequence[Column], rows: int, people: People) -> Iterator[Suspicion]:
    """Yield what is wrong with rows."""
    repeated = repeated_rows(columns, rows)
    if repeated:
        yield Suspicion(
            "repeated rows",
            "",
            f"{repeated} of {rows} rows repeat another: take them out before splitting",
        )
    if people.column:
        yield Suspicion(
            "repeated people",
            people.column,
            f"{rows} rows of {people.number} people ({people.how}): split by person",
        )
    if rows < 50:
        yield Suspicion("few rows", "", f"{rows} rows: too few to learn from")


def _of_column(
    one: Column, ranges: Mapping[str, PlausibleRange], now: datetime
) -> Iterator[Suspicion]:
    """Yield what is wrong with the cells of one column."""
    share = one.missing_share
    if share == 1.0:
        yield Suspicion("all missing", one.name, "holds nothing at all")
        return
    if share >= MOSTLY_MISSING:
        yield Suspicion("mostly missing", one.name, f"{share:.0%} of the cells are empty")
    elif share > 0:
        yield Suspicion("missing", one.name, f"{int(one.missing.sum())} cells are empty")
    if one.distinct == 1:
        yield Suspicion("constant", one.name, f"is {one.words[~one.missing][0][:30]!r} everywhere")
    if one.numbers is None:
        yield from _of_words(one, now)
        return
    odd = ~one.missing & ~np.isfinite(one.numbers)
    if odd.any():
        words = ", ".join(sorted(set(one.words[odd]))[:3])
        yield Suspicion("words among numbers", one.name, f"{int(odd.sum())} cells hold {words}")
    zeros = zeros_that_mean_missing(one.known, never_zero=is_never_zero(one.name, ranges))
    if zeros:
        yield Suspicion(
            "zeros that mean missing",
            one.name,
            f"{zeros} zeros stand apart from all other values: not measured, most likely",
        )
    yield from _impossible(one, ranges, zeros=zeros)


def _impossible(
    one: Column, ranges: Mapping[str, PlausibleRange], *, zeros: int
) -> Iterator[Suspicion]:
    """Yield values that no patient has, and a second unit."""
    known = one.known[one.known != 0] if zeros else one.known
    wrong = impossible_in(one.name, known, ranges)
    if wrong is None:
        return
    if wrong.mixed is not None:
        unit, number = wrong.mixed
        yield Suspicion(
            "mixed units", one.name, f"most values are in {wrong.unit}, {number} rather in {unit}"
        )
    if len(wrong.outside):
        yield Suspicion(
            "impossible values",
            one.name,
            f"{len(wrong.outside)} values of {wrong.measurement} lie outside {wrong.low:.4g} to "
            f"{wrong.high:.4g} {wrong.unit}, from {wrong.outside.min():g} to "
            f"{wrong.outside.max():g}",
        )


def _of_words(one: Column, now: datetime) -> Iterator[Suspicion]:
    """Yield dates that lie in the future."""
    dates = [word[:10] for word in one.words if DATE.fullmatch(word)]
    today = now.date().isoformat()
    late = [word for word in dates if word > today]
    if late and len(dates) >= 0.5 * (~one.missing).sum():
        yield Suspicion("future dates", one.name, f"{len(late)} dates lie after {today}")


def _leaks(
    one: Column, outcome: npt.NDArray[np.bool_], people: People
) -> tuple[float, list[Suspicion]]:
    """Return how well a column alone tells the outcome, and whether that is suspicious."""
    rng = np.random.default_rng(SEED)
    score = alone(one, outcome, people.groups, rng=rng)
    gap = by_missing(one, outcome, people.groups, rng=np.random.default_rng(SEED))
    said = []
    if score >= TOO_WELL:
        sentence = f"tells the outcome alone (AUROC {score:.2f} out of fold): is it the outcome?"
        said.append(Suspicion("leak", one.name, sentence))
    elif score >= WELL and AFTERWARDS.search(one.name):
        sentence = f"known only afterwards, by its name, and tells the outcome (AUROC {score:.2f})"
        said.append(Suspicion("leak", one.name, sentence))
    elif (times := _lift(one, outcome)) >= LIFT:
        sentence = (
            f"where it is set the outcome is {times:.0f} times as frequent: a second outcome?"
        )
        said.append(Suspicion("leak", one.name, sentence))
    if gap >= TELLING_GAP:
        sentence = f"whether it is there tells the outcome (AUROC {gap:.2f}): ordered on the sick?"
        said.append(Suspicion("telling gaps", one.name, sentence))
    return score, said


def _separable(scores: Mapping[str, float]) -> Iterator[Suspicion]:
    """Yield a warning on a table whose classes fall apart by several columns alone."""
    strong = [name for name, score in scores.items() if score >= 0.85]
    if len(strong) >= 4:
        yield Suspicion(
            "nearly separable",
            "",
            f"{len(strong)} columns alone reach an AUROC of 0.85 ({', '.join(strong[:5])}): the "
            "groups were chosen apart, or a leak; expect less elsewhere",
        )


def _lift(one: Column, outcome: npt.NDArray[np.bool_]) -> float:
    """Return how many times as frequent the outcome is where a rare yes is set."""
    if one.distinct != 2:
        return 0.0
    words, counts = np.unique(one.words[~one.missing], return_counts=True)
    rare = (one.words == words[int(counts.argmin())]) & ~one.missing
    here, there = outcome[rare], outcome[~rare & ~one.missing]
    if len(here) < 10 or here.mean() < 0.3 or not len(there):
        return 0.0
    return float(here.mean() / max(there.mean(), 1 / len(there)))


def _outcome(goal: Column) -> npt.NDArray[np.bool_]:
    """Return the rarer half of an outcome as True; of many classes the first against the rest."""
    words, counts = np.unique(goal.words[~goal.missing], return_counts=True)
    if goal.numbers is not None and len(words) > 2:
        return np.nan_to_num(goal.numbers) > np.nanmin(goal.numbers)
    return np.asarray(goal.words == words[int(counts.argmin())])
