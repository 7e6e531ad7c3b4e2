"""Is a table fit to learn from? What is missing, repeated, impossible, or too good to be true."""

from osler.prepare.quality.checking import Report, Suspicion, check_tables

__all__ = ["Report", "Suspicion", "check_tables"]
