"""Write docs/reference/models.md from the cards of the shipped packages.

Run after training: python tools/model_tables.py. A test compares the page with the cards.
"""

from pathlib import Path

from osler.analyse.card import Card, Estimate, EvaluationCard, read_card
from osler.analyse.record_package import is_record_package

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference" / "models.md"
COLUMNS = (
    "output", "films", "positive", "AUROC", "AUPRC", "sensitivity", "specificity", "accuracy",
    "Brier", "ECE", "if perfect", "TP/FP/FN/TN",
)  # fmt: skip
HEAD = """# Models: measured figures

Written by `tools/model_tables.py` from the cards in `models/`. Intervals are 95 %, by bootstrap of
patients. ECE is the expected calibration error over ten groups of equal size; beside it stands what
a perfectly calibrated model would show on as many films (mean, and the value that 95 % stay below).
Sensitivity and specificity are at the balanced cut-off, chosen on out-of-fold patients.
"""


def estimate(one: Estimate | None, digits: int = 3) -> str:
    """Return a value with its interval, or a dash."""
    if one is None:
        return "-"
    return f"{one.value:.{digits}f} ({one.low:.{digits}f} to {one.high:.{digits}f})"


def evaluation_table(card: Card, evaluation: EvaluationCard) -> list[str]:
    """Return one evaluation as a table."""
    lines = [
        "",
        f"### {evaluation.name}",
        "",
        f"{evaluation.dataset}, {evaluation.films} films of {evaluation.patients} patients; "
        f"labels: {evaluation.labels}; refused by the gates: {evaluation.refused}"
        + (f" ({evaluation.note})." if evaluation.note else "."),
        "",
    ]
    if evaluation.figures:
        lines += ["| figure | value |", "|---|---|"]
        lines += [
            f"| {k.replace('_', ' ')} | {estimate(v, 4)} |" for k, v in evaluation.figures.items()
        ]
        lines.append("")
    if not evaluation.outputs:
        return lines[:-1] if evaluation.figures else lines
    lines += [
        f"| {' | '.join(COLUMNS)} |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name, one in evaluation.outputs.items():
        perfect = one.calibration_error_if_perfect
        shipped = "" if card.output(name).shipped else " *(not assessed)*"
        lines.append(
            f"| {name}{shipped} | {one.films} | {one.positives} | {estimate(one.auroc)} | "
            f"{estimate(one.auprc)} | {estimate(one.sensitivity)} | {estimate(one.specificity)} | "
            f"{estimate(one.accuracy)} | {estimate(one.brier)} | "
            f"{estimate(one.calibration_error)} | "
            f"{'-' if perfect is None else f'{perfect[0]:.3f}, {perfect[1]:.3f}'} | "
            f"{'/'.join(str(one.confusion[k]) for k in ('tp', 'fp', 'fn', 'tn'))} |"
        )
    areas = [one.auroc.value for one in evaluation.outputs.values() if one.auroc is not None]
    if len(areas) > 1:
        lines += ["", f"Mean AUROC over {len(areas)} outputs: {sum(areas) / len(areas):.3f}."]
    enough = [
        one.auroc.value
        for one in evaluation.outputs.values()
        if one.auroc is not None and min(one.positives, one.films - one.positives) >= 20
    ]
    if 1 < len(enough) < len(areas):
        lines += [
            (
                f"Mean over the {len(enough)} outputs with at least 20 positive and 20 negative "
                f"films: {sum(enough) / len(enough):.3f}."
            )
        ]
    accepted = [
        f"{name} {estimate(one.auroc)}" for name, one in evaluation.outputs_accepted.items()
    ]
    if evaluation.refused and accepted:
        lines += ["", f"Without the refused films, AUROC: {'; '.join(accepted)}."]
    return lines + subgroup_lines(evaluation)


def subgroup_lines(evaluation: EvaluationCard) -> list[str]:
    """Return AUROC by subgroup as a table, a column an output."""
    if not evaluation.subgroups:
        return []
    names = list(evaluation.outputs)
    lines = ["", "AUROC by subgroup:", "", f"| subgroup | {' | '.join(names)} |"]
    lines.append("|---|" + "--:|" * len(names))
    for group, outputs in evaluation.subgroups.items():
        cells = ["-" if name not in outputs else estimate(outputs[name].auroc, 2) for name in names]
        lines.append(f"| {group} | {' | '.join(cells)} |")
    return lines


def model_lines(card: Card) -> list[str]:
    """Return everything that was measured of one package."""
    lines = [
        "",
        f"## {card.name} {card.version}",
        "",
        f"{card.title}. {card.intended_use.statement}",
        "",
        (
            f"Trained: {card.training.machine}. Weights {card.weights_format}; largest difference "
            f"between ONNX and PyTorch {card.parity:.4f}. Research only: "
            f"{'yes' if card.terms.research_only else 'no'}."
        ),
    ]
    for evaluation in card.evaluation:
        lines += evaluation_table(card, evaluation)
    coverage = [f"{one.name} {one.calibration.interval_coverage:.2f}" for one in card.outputs]
    if coverage:
        lines += ["", f"Measured coverage of the 95 % intervals: {', '.join(coverage)}."]
    lines += [
        "",
        "### Gates",
        "",
        card.gates.note.capitalize() + ".",
        "",
        "| films | refused |",
        "|---|--:|",
    ]
    lines += [f"| {name} | {estimate(one)} |" for name, one in card.gates.refused.items()]
    if card.evidence:
        lines += ["", "### Evidence", "", "| figure | value |", "|---|--:|"]
        lines += [f"| {name} | {estimate(one, 2)} |" for name, one in card.evidence.items()]
    if card.training.tried:
        lines += ["", "Tried and left: " + "; ".join(card.training.tried) + "."]
    return lines


def page() -> str:
    """Return the whole page."""
    files = sorted((ROOT / "models").glob("*/*/card.json"))
    cards = [read_card(file) for file in files if not is_record_package(file.parent)]
    lines = [HEAD.rstrip()]
    for card in cards:
        lines += model_lines(card)
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the page."""
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE.relative_to(ROOT))


if __name__ == "__main__":
    main()
