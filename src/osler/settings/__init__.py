"""Settings, read once at the doors into one frozen object, and handed down as plain arguments."""

from osler.settings.fields import PREFIX, Settings
from osler.settings.reading import (
    Fault,
    Inspected,
    Origin,
    inspect_settings,
    read_settings,
)

__all__ = [
    "PREFIX",
    "Fault",
    "Inspected",
    "Origin",
    "Settings",
    "inspect_settings",
    "read_settings",
]
