"""Pages made from the guidelines are what the guidelines say."""

import runpy

from house.tree import REPOSITORY


def test_the_page_of_scores_is_what_the_definitions_say() -> None:
    """Who checks a score against its publication reads the page."""
    page = runpy.run_path(str(REPOSITORY / "tools" / "scores_page.py"))["page"]()
    text = (REPOSITORY / "docs" / "reference" / "scores.md").read_text(encoding="utf-8")
    assert text == page, "run: python tools/scores_page.py"
