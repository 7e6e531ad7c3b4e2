"""Pages made from the guidelines are what the guidelines say."""

import runpy

from house.tree import REPOSITORY


def test_the_page_of_scores_is_what_the_definitions_say() -> None:
    """Who checks a score against its publication reads the page."""
    page = runpy.run_path(str(REPOSITORY / "tools" / "scores_page.py"))["page"]()
    text = (REPOSITORY / "docs" / "reference" / "scores.md").read_text(encoding="utf-8")
    assert text == page, "run: python tools/scores_page.py"


def test_the_page_of_rules_is_what_the_packs_say() -> None:
    """A clinician reviews the page, so it must be what runs."""
    page = runpy.run_path(str(REPOSITORY / "tools" / "rules_page.py"))["page"]()
    text = (REPOSITORY / "docs" / "reference" / "rules.md").read_text(encoding="utf-8")
    assert text == page, "run: python tools/rules_page.py"
