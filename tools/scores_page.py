"""Write docs/reference/scores.md from the definitions under guidelines/scores.

Run after changing one: python tools/scores_page.py. A test compares the page with the definitions.
"""

from pathlib import Path

from osler.standards.guideline import ScoreDefinition, load
from osler.standards.terminology import measurable_named
from osler.workflow.scores import score_lines

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference" / "scores.md"
HEAD = """# Scores

<!-- Written by tools/scores_page.py from guidelines/scores; tests/house/test_guidelines.py
compares. -->

{count} scores, {verified} of them compared with a text that their entry names; none was approved
by a clinician. A score that lacks an input has no value and names what is missing or too old; it
is never zero. A report shows NEWS2, scores whose condition is among the problems (or whose finding
is positive) once half of their items are known, and those that were asked for:
`osler analyze --score NAME`.

What no code stands for is entered under the names that follow a score, as an observation of
Osler's own code system: in simple JSON
`{{"code": "haemoptysis", "value": "no", "time": "2026-11-20T08:00:00Z"}}`.
What a condition or kind of medicine stands for is in `guidelines/concepts.toml`.
"""


def page() -> str:
    """Return the page."""
    guidelines = load(ROOT / "guidelines")
    scores = sorted(guidelines.scores.values(), key=lambda one: one.name)
    verified = sum(one.is_verified() for one in scores) + guidelines.news2.is_verified()
    parts = [HEAD.format(count=len(scores) + 1, verified=verified)]
    parts += [_section(one) for one in scores]
    parts.append("## `news2`\n\n```\n" + "\n".join(score_lines(guidelines.news2)) + "\n```\n")
    return "\n".join(parts)


def _section(one: ScoreDefinition) -> str:
    """Return one score: its definition in words, and what has to be entered by name."""
    text = "\n".join(score_lines(one))
    asked = ", ".join(f"`{name}`" for name in _entered(one))
    entered = f"\nEntered by name: {asked}.\n" if asked else ""
    return f"## `{one.name}`\n\n```\n{text}\n```\n{entered}"


def _entered(one: ScoreDefinition) -> list[str]:
    """Return the names that no measurement, condition or medicine stands for."""
    names: dict[str, None] = {}
    for item in one.items:
        for part in item.parts:
            if part.stated or (part.measured and not _is_known(part.measured)):
                names[part.name] = None
    if one.formula is not None:
        for given in one.formula.inputs:
            if given.stated:
                names[given.stated] = None
        names |= dict.fromkeys(one.formula.choices)
    return list(names)


def _is_known(name: str) -> bool:
    """Tell whether a measurement is one of the terminology table, or comes with the patient."""
    return name in ("age", "sex") or measurable_named(name) is not None


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
