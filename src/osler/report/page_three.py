"""Page three in words: which models spoke, for whom, how well, and what was done to the data."""

from osler.clinical import Draft, Finding, ModelFacts
from osler.report.ranking import data_warnings, display_of, judged
from osler.report.sheet import Column, Fact, ModelBlock, PageThree, Table
from osler.report.words import (
    CLOSING,
    NOT_STATED,
    inside_sentence,
    listed,
    percent,
    percents,
    sentence,
    with_interval,
)

SHORT_HASH = 12


def page_three(draft: Draft) -> PageThree:
    """Compose page three."""
    looked_for = dict.fromkeys(finding.display for finding in draft.findings)
    missed = dict.fromkeys(inside_sentence(display_of(draft, m)) for m in draft.not_assessed)
    return PageThree(
        models=tuple(_model(facts) for facts in draft.models),
        models_none="No model took part in this draft.",
        operating_points=_operating_points(draft),
        looked_for=", ".join(looked_for) or "nothing",
        not_looked_for=listed((*missed, "everything that is not named here")),
        warnings=tuple(sentence(text) for text in data_warnings(draft)),
        closing=CLOSING,
    )


def _model(facts: ModelFacts) -> ModelBlock:
    """Put one package into words."""
    model = facts.model
    terms = sentence(facts.data_terms or NOT_STATED)
    if facts.research_only and "research only" not in terms.lower():
        terms = f"Research only. {terms}"
    return ModelBlock(
        title=facts.title,
        identity=f"{model.name} {model.version}, SHA-256 {model.sha256[:SHORT_HASH]}…",
        facts=(
            Fact("Intended use", facts.intended_use or NOT_STATED),
            Fact("Population", facts.population or NOT_STATED),
            Fact("Looks for", ", ".join(facts.looked_for) or NOT_STATED),
            Fact("Licence of the weights", facts.weights_licence or NOT_STATED),
            Fact("Terms of the data", terms),
        ),
        performance=tuple(sentence(line) for line in facts.performance),
        limits=tuple(sentence(line) for line in facts.limits),
    )


def _operating_points(draft: Draft) -> Table:
    """List at which probability each finding is called positive, and what that was measured at.

    Where it was asked for, also how far the probability goes under small changes of the picture.
    """
    findings = judged(draft)
    ranged = any(one.finding.under_changes for one in findings)
    columns = (
        Column("Finding", share=1.5),
        Column("Operating point"),
        Column("Cut-off", numeric=True),
        Column("Sensitivity", numeric=True),
        Column("Specificity", numeric=True),
        Column("Not ruled out", share=1.3),
        *((Column("If changed a little", numeric=True, share=1.0),) if ranged else ()),
        Column("Model"),
    )
    rows = []
    for one in findings:
        point = one.finding.operating_point
        rows.append(
            (
                one.finding.display,
                point.name,
                percent(point.threshold),
                with_interval(point.sensitivity),
                with_interval(point.specificity),
                _not_ruled_out(one.finding),
                *((_ranged(one.finding),) if ranged else ()),
                f"{one.finding.model.name} {one.finding.model.version}",
            )
        )
    return Table(columns, tuple(rows))


def _ranged(finding: Finding) -> str:
    """Say how far the probability goes under small changes; a series has no such range."""
    return percents(finding.under_changes) if finding.under_changes else NOT_STATED


def _not_ruled_out(finding: Finding) -> str:
    """Say which answers remain, and at which coverage."""
    if finding.coverage is None:
        return NOT_STATED
    return f"{finding.not_ruled_out} (at {percent(finding.coverage)})"
