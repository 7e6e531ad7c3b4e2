"""A file of rules held against its own examples, and a changed one against stored patients."""

from collections.abc import Iterable
from dataclasses import dataclass

from osler.assess.advising import Asked, suggestion
from osler.assess.examples import example_outcome
from osler.standards.guideline import Guidelines, Rule, RulePack


@dataclass(frozen=True)
class Fault:
    """An example that does not come out, or a rule that cannot be asked, and its place."""

    place: tuple[str | int, ...]
    sentence: str


@dataclass(frozen=True)
class Effect:
    """What one rule says of many patients, before and after a change."""

    rule: str
    before: int
    after: int
    begins: int
    ends: int


def faults_of(pack: RulePack, guidelines: Guidelines) -> tuple[Fault, ...]:
    """Run every example of every rule, and return those whose outcome is another one."""
    found = (_faults(pack, index, guidelines) for index in range(len(pack.rules)))
    return tuple(fault for faults in found for fault in faults)


def _faults(pack: RulePack, index: int, guidelines: Guidelines) -> Iterable[Fault]:
    """Yield what is wrong with one rule."""
    rule = pack.rules[index]
    lacking = sorted(rule.concepts() - set(guidelines.concepts))
    unknown = sorted(rule.scores() - set(guidelines.scores))
    if lacking or unknown:
        what = (
            f"{lacking[0]!r} is no concept of concepts.toml"
            if lacking
            else (f"there is no score {unknown[0]!r}")
        )
        yield Fault(
            ("rules", index, "condition"), f"{rule.name}: {what}; define it, or correct the name"
        )
        return
    for number, example in enumerate(rule.examples):
        place = ("rules", index, "examples", number)
        try:
            outcome = example_outcome(pack, rule, example, guidelines=guidelines)
        except ValueError as error:
            yield Fault(place, f"{rule.name}: {error}; correct the condition")
            continue
        if outcome != example.outcome:
            yield Fault(
                place,
                f"{rule.name}: example {number + 1} is {outcome!r}, expected {example.outcome!r}; "
                "correct the rule or the example",
            )


def effects_of(
    new: RulePack, old: RulePack | None, patients: Iterable[Asked]
) -> tuple[Effect, ...]:
    """Return how often each rule fires before and after a change, over the same patients."""
    before = {rule.name: rule for rule in old.rules} if old is not None else {}
    after = {rule.name: rule for rule in new.rules}
    names = tuple(dict.fromkeys((*before, *after)))
    counts = {name: [0, 0, 0, 0] for name in names}
    for asked in patients:
        for name in names:
            was = name in before and _fires(old or new, before[name], asked)
            now = name in after and _fires(new, after[name], asked)
            for place, is_so in enumerate((was, now, now and not was, was and not now)):
                counts[name][place] += is_so
    return tuple(Effect(name, *found) for name, found in counts.items())


def _fires(pack: RulePack, rule: Rule, asked: Asked) -> bool:
    """Tell whether a rule says something of a patient that nothing holds back."""
    found = suggestion(pack, rule, asked)
    return found is not None and not found.held_back
