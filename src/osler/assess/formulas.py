"""Scores that are a formula of continuous values."""

from datetime import timedelta

from osler.assess.facts import Fact, Facts
from osler.assess.items import Row
from osler.assess.picking import State
from osler.assess.words import measured
from osler.clinical import ScoreInput
from osler.standards.guideline import Formula, FormulaInput, Variant, evaluate

YES_OR_NO = {"yes": 1.0, "no": 0.0}


def computed(
    formula: Formula, facts: Facts, maximum_age: timedelta
) -> tuple[int | float | None, tuple[Row, ...], str]:
    """Compute a formula.

    Returns
    -------
    The value (None where something is missing), what went in, and a sentence where the formula
    itself has no answer.
    """
    found = [_input(one, facts, maximum_age) for one in formula.inputs]
    variant, asked = _variant(formula, facts)
    rows = (*(row for row, _ in found), *asked)
    if variant is None or any(row.used is None for row in rows):
        return None, rows, ""
    values = {one.name: value for one, (_, value) in zip(formula.inputs, found, strict=True)}
    try:
        value = evaluate(formula.expression, {**values, **variant.constants})
    except ArithmeticError:
        return None, rows, "Cannot be computed: the formula has no answer for these values."
    rounded = round(value, formula.decimals)
    return (int(rounded) if formula.decimals == 0 else rounded), rows, ""


def _input(one: FormulaInput, facts: Facts, maximum_age: timedelta) -> tuple[Row, float]:
    """Return one value in the publication's unit, kept within its bounds."""
    fact = _fact(one, facts, maximum_age)
    number = fact.number if fact.number is not None else YES_OR_NO.get(fact.answer or "")
    if fact.state is not State.FRESH or number is None:
        why = fact.why or f"the value is {fact.words!r}, expected a number"
        state = State.MISSING if fact.state is State.FRESH else fact.state
        return Row(one.display, state, why=why), 0.0
    value = number / one.divide_by
    kept = max(value, one.floor) if one.floor is not None else value
    kept = min(kept, one.ceiling) if one.ceiling is not None else kept
    words = fact.words
    if one.divide_by != 1:
        words = f"{words} ({measured(float(f'{value:.3g}'), one.unit)})"
    if kept != value:
        words = f"{words}, taken as {measured(kept, one.unit)}"
    used = ScoreInput(one.display, words, None, fact.effective)
    return Row(one.display, State.FRESH, used, assumed=fact.assumed), kept


def _fact(one: FormulaInput, facts: Facts, maximum_age: timedelta) -> Fact:
    if one.measured:
        return facts.measured(one.measured, maximum_age)
    if one.stated:
        return facts.stated(one.stated, maximum_age)
    kind = "condition" if one.condition else "medicine"
    return facts.listed(kind, one.condition or one.medicine, silence_is_no=one.silence_is_no)


def _variant(formula: Formula, facts: Facts) -> tuple[Variant | None, tuple[Row, ...]]:
    """Return the constants for this patient, and a row for each answer that chose them."""
    if not formula.variants:
        return Variant(), ()
    names = tuple(dict.fromkeys(name for one in formula.variants for name in one.when))
    answers = {name: facts.measured(name, timedelta.max) for name in names}
    rows = tuple(_choice(name, fact, formula) for name, fact in answers.items())
    said = {name: _key(fact) for name, fact in answers.items()}
    chosen = next(
        (v for v in formula.variants if all(said[name] == key for name, key in v.when.items())),
        None,
    )
    return chosen, rows


def _key(fact: Fact) -> str:
    """Return an answer as the definition writes it."""
    return (fact.answer or "").replace(" ", "_").replace("-", "_")


def _choice(name: str, fact: Fact, formula: Formula) -> Row:
    """Return the row of an answer that chooses the constants."""
    known = {one.when[name] for one in formula.variants if name in one.when}
    if fact.state is not State.FRESH:
        state = fact.state if fact.state is State.STALE else State.MISSING
        return Row(name, state, why=fact.why)
    if _key(fact) not in known:
        return Row(
            name,
            State.MISSING,
            why=f"{fact.words!r} is none of {', '.join(sorted(known))}, which the equations know",
        )
    return Row(name, State.FRESH, ScoreInput(name, fact.words, None, fact.effective))
