"""What page three of a report says of a package, in words, from its card."""

from osler.analyse.card import Card, EvaluationCard
from osler.clinical import ModelFacts, ModelIdentity


def model_facts(card: Card, identity: ModelIdentity) -> ModelFacts:
    """Return identity, intended use, measured performance, limits and terms of a package."""
    return ModelFacts(
        model=identity,
        title=card.title,
        intended_use=card.intended_use.statement,
        population=card.intended_use.population.description,
        performance=tuple(_performance(card)),
        limits=card.limits,
        weights_licence=card.terms.weights,
        data_terms=card.terms.data,
        research_only=card.terms.research_only,
        looked_for=tuple(output.display for output in card.outputs if output.shipped),
    )


def _performance(card: Card) -> list[str]:
    """Return one line an output on the test films, readers' labels first, and the gates' rates."""
    lines = []
    for output in card.outputs:
        lines += [
            ("" if output.shipped else "NOT ASSESSED: ") + _line(output.display, output.name, one)
            for one in _best(card, output.name)
        ]
    for evaluation in card.evaluation:
        lines += [
            f"{name.replace('_', ' ')}: {one.value:.3f} ({one.low:.3f} to {one.high:.3f}), "
            f"{evaluation.films} images of {evaluation.dataset}"
            for name, one in evaluation.figures.items()
        ]
    return lines


def _best(card: Card, name: str) -> list[EvaluationCard]:
    """Return the evaluation that says most: readers with 20 of each kind, else the test."""
    tests = [one for one in card.evaluation if one.name.startswith("test") and name in one.outputs]
    for one in tests:
        found = one.outputs[name]
        if "reader" in one.name and min(found.positives, found.films - found.positives) >= 20:
            return [one]
    return tests[:1]


def _line(display: str, name: str, evaluation: EvaluationCard) -> str:
    """Return AUROC, sensitivity and specificity of one output in words."""
    found = evaluation.outputs[name]
    parts = [f"{display}: {found.films} films, {found.positives} positive by {evaluation.labels}"]
    for title, estimate in (
        ("AUROC", found.auroc),
        ("sensitivity", found.sensitivity),
        ("specificity", found.specificity),
    ):
        if estimate is not None:
            parts.append(
                f"{title} {estimate.value:.2f} ({estimate.low:.2f} to {estimate.high:.2f})"
            )
    return ", ".join(parts)


def _unused(state: str, reason: str) -> str:
    """Say why a package is not in use."""
    return f"NOT IN USE: {reason}" if state == "research only" else f"REFUSED: {reason}"


def card_lines(card: Card, *, state: str, reason: str) -> list[str]:
    """Return a card as lines of text for the terminal."""
    people = card.intended_use.population
    return [
        f"{card.name} {card.version} ({state})",
        card.title,
        *([_unused(state, reason)] if reason else []),
        "",
        f"Intended use: {card.intended_use.statement}",
        f"For: {people.description}. User: {card.intended_use.user}.",
        f"Not for: {'; '.join(card.intended_use.not_for)}.",
        "",
        "Measured:",
        *(f"  {line}" for line in _performance(card)),
        *(f"  not assessed: {o.not_assessed_reason}" for o in card.outputs if not o.shipped),
        "",
        "Gates (share refused):",
        *(
            f"  {name}: {one.value:.1%} ({one.low:.1%} to {one.high:.1%})"
            for name, one in card.gates.refused.items()
        ),
        "",
        *(
            [
                "Evidence:",
                *(
                    f"  {name}: {one.value:.2f} ({one.low:.2f} to {one.high:.2f})"
                    for name, one in card.evidence.items()
                ),
                "",
            ]
            if card.evidence
            else []
        ),
        "Limits:",
        *(f"  {line}" for line in card.limits),
        "",
        f"Trained: {card.training.machine}; {card.training.method}",
        *(
            f"  data: {one.name}, {one.films} films of {one.patients} patients ({one.licence})"
            for one in card.training.datasets
        ),
        f"Weights: {card.terms.weights}. Data: {card.terms.data}.",
        f"Graph SHA-256: {card.files['model.onnx']}",
    ]
