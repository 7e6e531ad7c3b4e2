"""Osler: an open diagnostic assistant for hospitals. It assists; the doctor decides.

``osler.analyze(paths, record=…)`` returns drafts and refusals; see `osler.workflow.analyze`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from osler.workflow import Analysis, analyze

__all__ = ["Analysis", "analyze"]


def __getattr__(name: str) -> object:
    """Load the path when it is first asked for: importing osler alone costs nothing."""
    if name in __all__:
        from osler import workflow  # noqa: PLC0415

        return getattr(workflow, name)
    raise AttributeError(f"module 'osler' has no attribute {name!r}")
