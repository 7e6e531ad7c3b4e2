"""The audit trail: who did what, and whether it is whole."""
