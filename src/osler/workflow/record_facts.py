"""What a report and the terminal say of a package that scores a record, from its card."""

from osler.analyse.card import Estimate
from osler.analyse.record_card import RecordCard, RecordFigures
from osler.analyse.record_package import RecordPackage
from osler.clinical import ModelFacts


def record_facts(package: RecordPackage) -> ModelFacts:
    """Return identity, intended use, measured performance, limits and terms of a package."""
    card = package.card
    return ModelFacts(
        model=package.identity,
        title=card.title,
        intended_use=card.use.statement,
        population=card.use.population,
        performance=tuple(performance(card)),
        limits=card.limits,
        weights_licence=card.terms.weights,
        data_terms=f"{card.terms.data}: {'; '.join(card.terms.attribution)}",
        research_only=card.terms.research_only,
        looked_for=(card.output.display,),
    )


def performance(card: RecordCard) -> list[str]:
    """Return one line for all patients, and one for each subgroup."""
    measured = card.evaluation
    lines = [f"{card.output.display}: {_figures(measured.whole)}, out of fold"]
    for groups in measured.subgroups.values():
        lines += [f"{name}: {_figures(found)}" for name, found in groups.items()]
    lines += [
        f"AUROC against {one.name}: {_value(one.difference, '+.3f')} on the same folds"
        for one in measured.peers
    ]
    return lines


def record_card_lines(card: RecordCard, *, state: str) -> list[str]:
    """Return a card as lines of text for the terminal."""
    use = card.use
    return [
        f"{card.name} {card.version} ({state})",
        card.title,
        "",
        f"Intended use: {use.statement}",
        _people(card),
        f"Not for: {'; '.join(use.not_for)}.",
        _before_an_image(card),
        "",
        "Measured:",
        *(f"  {line}" for line in performance(card)),
        *(
            f"  without {', '.join(one.missing)}: AUROC {_value(one.auroc, '.3f')}"
            for one in card.evaluation.without
        ),
        *(f"  {name}: {_value(one, '.3f')}" for name, one in card.evaluation.variants.items()),
        "",
        "Features:",
        *(
            f"  {one.name}: {one.display} [{one.unit}], {one.low:g} to {one.high:g}"
            for one in card.features
        ),
        "",
        "Limits:",
        *(f"  {line}" for line in card.limits),
        "",
        f"Trained in {card.training.seconds:.0f} s: {card.training.method}",
        f"  data: {card.data.source}, {card.data.patients} patients ({card.data.licence})",
        f"Weights: {card.terms.weights}. Data: {card.terms.data}.",
        f"Graph SHA-256: {card.files['model.onnx']}",
    ]


def _people(card: RecordCard) -> str:
    """Say whom the package is for and who uses it."""
    use = card.use
    ages = f"{use.min_age_years:.0f} to {use.max_age_years:.0f} years"
    return f"For: {use.population}, {ages}, {' and '.join(use.sexes)}. User: {use.user}."


def _before_an_image(card: RecordCard) -> str:
    """Say whether the probability may stand before an image, and why."""
    may = "yes" if card.output.pretest else "no"
    return f"Before an image: {may}, as {card.output.pretest_reason}."


def _figures(found: RecordFigures) -> str:
    """Return the number of patients, AUROC, sensitivity and specificity in words."""
    parts = [f"{found.patients} patients, {found.positives} positive"]
    for title, one in (
        ("AUROC", found.auroc),
        ("sensitivity", found.sensitivity),
        ("specificity", found.specificity),
    ):
        if one is not None:
            parts.append(f"{title} {_value(one, '.2f')}")
    return ", ".join(parts)


def _value(one: Estimate, form: str) -> str:
    """Return a figure with its interval."""
    return f"{one.value:{form}} ({one.low:{form}} to {one.high:{form}})"
