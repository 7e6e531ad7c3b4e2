"""Which finding a reader should see first, and what belongs to it."""

from dataclasses import dataclass

from osler.clinical import Act, Draft, Finding, Interval, NotAssessed, Review, Weighing

SHOWN_ON_FILMS = 3


@dataclass(frozen=True)
class Judged:
    """A finding with the weighing and the act in force that belong to it, where there are such."""

    finding: Finding
    weighing: Weighing | None
    review: Review | None = None

    @property
    def believed(self) -> Interval:
        """The probability to believe: after weighing with the record where that was done."""
        return self.weighing.posttest if self.weighing else self.finding.probability

    @property
    def waits(self) -> bool:
        """Tell whether the number means nothing until somebody states a pre-test probability."""
        return self.review is None and self.finding.needs_pretest and self.weighing is None

    @property
    def present(self) -> bool:
        """Tell whether it is there: as a person has it, or else as the model has it."""
        return self.finding.positive if self.review is None else bool(self.review.present)

    @property
    def rejected(self) -> bool:
        """Tell whether a person left it out."""
        return self.review is not None and self.review.act is Act.REJECT

    @property
    def overruled(self) -> str:
        """What to put behind the model's name for it where a person thinks otherwise."""
        if self.review is None or self.review.agrees:
            return ""
        return " (rejected on review)" if self.rejected else " (edited on review)"

    @property
    def places(self) -> tuple[str, ...]:
        """The places in words, the strongest first, each once."""
        explanation = self.finding.explanation
        regions = sorted(explanation.regions, key=lambda r: -r.share) if explanation else ()
        return tuple(dict.fromkeys(region.words for region in regions if region.words))


Entry = Judged | Review


def judged(draft: Draft) -> tuple[Judged, ...]:
    """Return the models' findings: those that are there first, by the probability to believe."""
    weighings = {(w.model, w.name): w for w in draft.assessment.weighings}
    pairs = [
        Judged(f, weighings.get((f.model.name, f.name)), draft.review_of(f)) for f in draft.findings
    ]
    return tuple(
        sorted(
            pairs,
            key=lambda j: (
                not j.present or j.waits,
                -j.believed.value,
                j.finding.display,
            ),
        )
    )


def entries(draft: Draft) -> tuple[Entry, ...]:
    """Return all findings, those of people too, in the order of the table.

    First what a person says is there, then what models alone say, then what was rejected: it must
    be seen. What is not there comes last.
    """
    return tuple(sorted((*draft.added, *judged(draft)), key=_group))


def must_be_seen(entry: Entry) -> bool:
    """Tell whether a finding belongs on the first page: all that is there or was rejected."""
    if isinstance(entry, Judged) and entry.review is None:
        return entry.finding.positive
    review = entry if isinstance(entry, Review) else entry.review
    return review is not None and review.present is not False


def _group(entry: Entry) -> int:
    """Return where a finding stands in the table."""
    review = entry if isinstance(entry, Review) else entry.review
    if review is None:
        waits = isinstance(entry, Judged) and (entry.waits or not entry.present)
        return 3 if waits else 1
    return 0 if review.present else 2 if review.present is None else 3


def shown_on_films(draft: Draft) -> tuple[Judged, ...]:
    """Return the most important positive findings that have something to show on a film."""
    films = {film.instance_uid for film in draft.films}
    located = [
        j
        for j in judged(draft)
        if j.present
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
