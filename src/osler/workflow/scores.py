"""What a score is made of, in words, from its definition."""

from collections.abc import Iterator
from typing import Any

from osler.errors import NotFound
from osler.standards.guideline import (
    Formula,
    Guidelines,
    News2,
    Part,
    PointBand,
    ScoreDefinition,
    Source,
)

BOUNDS = (("at_least", "from"), ("above", "above"), ("at_most", "to"), ("below", "below"))


def score_named(name: str, guidelines: Guidelines) -> ScoreDefinition | News2:
    """Return a score's definition.

    Raises
    ------
    NotFound
        There is none of this name.
    """
    if name == guidelines.news2.name:
        return guidelines.news2
    if name not in guidelines.scores:
        raise NotFound(
            f"there is no score {name!r}; expected one of those that `osler scores list` names"
        )
    return guidelines.scores[name]


def listed_scores(guidelines: Guidelines) -> list[dict[str, Any]]:
    """Return each score as it is shown in a list, by name."""
    news2 = guidelines.news2
    rows = [
        {
            "name": one.name,
            "display": one.display,
            "about": one.about,
            "verified": one.is_verified(),
            "source": one.source.citation,
        }
        for one in guidelines.scores.values()
    ]
    rows.append(
        {
            "name": news2.name,
            "display": news2.display,
            "about": "how ill an adult is, by vital signs",
            "verified": news2.is_verified(),
            "source": news2.source.citation,
        }
    )
    return sorted(rows, key=lambda one: str(one["name"]))


def score_lines(found: ScoreDefinition | News2) -> list[str]:
    """Return a definition as lines of text."""
    if isinstance(found, News2):
        rows = [f"  {one.display} [{one.unit}]" for one in found.parameters]
        return [found.display, *rows, *source_lines(found.source)]
    lines = [f"{found.display}: {found.about}", f"  {_population(found)}"]
    if found.formula:
        lines += _formula(found.formula)
    for item in found.items:
        lines.append(f"  {item.display}")
        lines += [f"    {part_words(part)}" for part in item.parts]
    lines += [f"  {_range(one.at_least, one.below)}: {one.text}" for one in found.bands]
    lines += source_lines(found.source)
    return lines + (source_lines(found.bands_source) if found.bands_source else [])


def part_words(part: Part) -> str:
    """Say what a part looks at and what it gives."""
    name = part.name.replace("_", " ") + (f" ({part.sex})" if part.sex else "")
    if part.bands:
        unit = "" if part.unit == "1" else f" {part.unit}"
        return f"{name}: " + ", ".join(f"{_band(one)}{unit} {one.points:g}" for one in part.bands)
    if part.answers:
        said = (f"{key.replace('_', ' ')} {points:g}" for key, points in part.answers.items())
        return f"{name}: {', '.join(said)}"
    silence = "; not listed counts as absent" if part.silence_is_no else ""
    return f"{name}: {part.points:g}{silence}"


def source_lines(source: Source) -> list[str]:
    """Say where numbers come from, and whether somebody read them there."""
    lines = [f"  source: {source.citation}"]
    if source.verified_on is None:
        return [*lines, "  not compared with its source"]
    lines.append(f"  read on {source.verified_on}: {source.verified_in}")
    if source.note:
        lines.append(f"  note: {source.note}")
    return [*lines, f"  reviewed by: {source.reviewer or 'no clinician yet'}"]


def _population(found: ScoreDefinition) -> str:
    """Say for whom it holds."""
    people = found.population
    low, high = people.minimum_age_years, people.maximum_age_years
    parts = [f"from {low:g} years"] if low is not None else []
    parts += [f"to {high:g} years"] if high is not None else []
    parts += ["not in pregnancy"] if people.not_in_pregnancy else []
    return "holds " + (", ".join(parts) or "at every age")


def _formula(formula: Formula) -> Iterator[str]:
    """Say what a formula is and what goes into it."""
    yield f"  {formula.expression}"
    for one in formula.inputs:
        bounds = [f"from {one.floor:g}"] if one.floor is not None else []
        bounds += [f"to {one.ceiling:g}"] if one.ceiling is not None else []
        kept = f", kept {' '.join(bounds)}" if bounds else ""
        yield f"    {one.name}: {one.display}, {one.unit}{kept}"
    for variant in formula.variants:
        who = ", ".join(variant.when.values())
        what = ", ".join(f"{name} = {value:g}" for name, value in variant.constants.items())
        yield f"    {who}: {what}"


def _band(one: PointBand) -> str:
    """Say a range in words."""
    said = [f"{word} {value:g}" for key, word in BOUNDS if (value := getattr(one, key)) is not None]
    return " ".join(said) or "any"


def _range(low: float | None, below: float | None) -> str:
    """Say a range of results in words."""
    parts = [f"from {low:g}"] if low is not None else []
    parts += [f"below {below:g}"] if below is not None else []
    return " ".join(parts) or "any result"
