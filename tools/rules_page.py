"""Write docs/reference/rules.md from the packs under guidelines/rules.

Run after changing one: python tools/rules_page.py. A test compares the page with the packs.
"""

from pathlib import Path

from osler.standards.guideline import Rule, RulePack, load

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference" / "rules.md"
HEAD = """# Rules that advise

<!-- Written by tools/rules_page.py from guidelines/rules; tests/house/test_guidelines.py
compares. -->

{count} rules in {packs} packs; {verified} were read in a text that they name, {reviewed} were
reviewed by a clinician. A rule that was not read is never shown. Every suggestion in a report is
marked "Not clinically reviewed", says why it was given, and what holds it back for this patient.
How to write one: [write-a-rule.md](../how-to/write-a-rule.md).
"""


def page() -> str:
    """Return the page."""
    packs = load(ROOT / "guidelines").rules.values()
    rules = [rule for pack in packs for rule in pack.rules]
    head = HEAD.format(
        count=len(rules),
        packs=len(packs),
        verified=sum(rule.is_verified() for rule in rules),
        reviewed=sum(rule.source.reviewer is not None for rule in rules),
    )
    return "\n".join([head, *map(_pack, packs)])


def _pack(pack: RulePack) -> str:
    """Return one pack."""
    lines = [
        f"## `{pack.name}`: {pack.display}",
        "",
        (
            f"Version {pack.version}, written {pack.written_on}, to be reviewed by "
            f"{pack.review_on}, silent from {pack.expires}."
        ),
        "",
    ]
    for rule in pack.rules:
        lines += _rule(rule)
    return "\n".join(lines)


def _rule(rule: Rule) -> list[str]:
    """Return one rule."""
    source = rule.source
    note = f" {source.note}" if source.note else ""
    read = "**not read: never shown**"
    if source.verified_on is not None:
        read = f"read {source.verified_on} in {source.verified_in}"
    held = [f"- held back: {one.text} (`{one.when}`)" for one in rule.contraindications]
    return [
        f"### `{rule.name}` ({rule.kind})",
        "",
        rule.recommendation,
        "",
        f"- when: `{rule.condition}`",
        f"- because: {rule.because}; measurements up to {rule.maximum_age_days:g} days old",
        *held,
        (
            f"- source: {source.citation}, {source.version}, {source.page}; strength: "
            f"{source.strength}; evidence: {source.evidence}"
        ),
        f"- {read}.{note}",
        f"- {len(rule.examples)} examples",
        "",
    ]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
