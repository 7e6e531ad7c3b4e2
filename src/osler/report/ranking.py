"""Which finding a reader should see first, and what belongs to it."""

from dataclasses import dataclass

from osler.clinical import Draft, Finding, Interval, NotAssessed, Weighing

SHOWN_ON_FILMS = 3


@dataclass(frozen=True)
class Judged:
    """A finding with the weighing that belongs to it, where there is one."""

    finding: Finding
    weighing: Weighing | None

    @property
    def believed(self) -> Interval:
        """The probability to believe: after weighing with the record where that was done."""
        return self.weighing.posttest if self.weighing else self.finding.probability

    @property
    def waits(self) -> bool:
        """Tell whether the number means nothing until somebody states a pre-test probability."""
        return self.finding.needs_pretest and self.weighing is None

    @property
    def places(self) -> tuple[str, ...]:
        """The places in words, the strongest first, each once."""
        explanation = self.finding.explanation
        regions = sorted(explanation.regions, key=lambda r: -r.share) if explanation else ()
        return tuple(dict.fromkeys(region.words for region in regions if region.words))


def judged(draft: Draft) -> tuple[Judged, ...]:
    """Return all findings: positive ones first, each group by the probability to believe."""
    weighings = {(w.model, w.name): w for w in draft.assessment.weighings}
    pairs = [Judged(f, weighings.get((f.model.name, f.name))) for f in draft.findings]
    return tuple(
        sorted(
            pairs,
            key=lambda j: (
                not j.finding.positive or j.waits,
                -j.believed.value,
                j.finding.display,
            ),
        )
    )


def shown_on_films(draft: Draft) -> tuple[Judged, ...]:
    """Return the most important positive findings that have something to show on a film."""
    films = {film.instance_uid for film in draft.films}
    located = [
        j
        for j in judged(draft)
        if j.finding.positive
        and j.finding.explanation is not None
        and j.finding.explanation.instance_uid in films
    ]
    return tuple(located[:SHOWN_ON_FILMS])


def display_of(draft: Draft, missed: NotAssessed) -> str:
    """Name what was not assessed as a reader knows it."""
    if missed.name is None:
        return whole_model(draft, missed.model)
    for finding in draft.findings:
        if finding.name == missed.name:
            return finding.display
    plain = _plain(missed.name)
    for facts in draft.models:
        for display in facts.looked_for:
            if _plain(display) == plain:
                return display
    words = missed.name.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]


def whole_model(draft: Draft, model: str) -> str:
    """Name all that one model looks for."""
    for facts in draft.models:
        if facts.model.name == model and facts.looked_for:
            return f"Everything that {looked_by(model)} for ({', '.join(facts.looked_for)})"
    return f"Everything that {looked_by(model)} for"


def looked_by(model: str) -> str:
    """Say that a model looks, or that several do."""
    return f"{model} {'look' if model.endswith('models') else 'looks'}"


def _plain(name: str) -> str:
    """Reduce a name to its letters and digits, to compare an output's name with its display."""
    return "".join(letter for letter in name.lower() if letter.isalnum())


def data_warnings(draft: Draft) -> tuple[str, ...]:
    """Return every warning about the data once: the draft's, and those only the record carries."""
    own = draft.record.warnings if draft.record else ()
    return (*draft.warnings, *(w for w in own if not any(d.endswith(w) for d in draft.warnings)))
