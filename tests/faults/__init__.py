"""Faults on purpose, for minutes: ``make faults`` and ``make soak`` run these, not the test run."""
