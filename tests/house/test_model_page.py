"""The page of figures says what the cards say."""

import importlib.util
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_of_models_is_that_of_the_cards() -> None:
    """A figure that was better in an earlier training must not stay on the page."""
    spec = importlib.util.spec_from_file_location("model_tables", ROOT / "tools/model_tables.py")
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert (ROOT / "docs/reference/models.md").read_text("utf-8") == tool.page()
