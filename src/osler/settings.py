"""Settings, read once at the doors from the environment, and handed down as plain arguments."""

from pathlib import Path
from typing import Annotated

from pydantic import ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict, SettingsError

from osler.errors import Misuse


class Settings(BaseSettings):
    """What an operator can set. Names in the environment begin with OSLER_."""

    model_config = SettingsConfigDict(env_prefix="OSLER_", frozen=True, extra="ignore")

    models_dir: Path | None = None
    """Folder of model packages; by default those that came with Osler."""

    guidelines_dir: Path | None = None
    """Folder of guideline files; by default those that came with Osler."""

    allow_models: Annotated[frozenset[str], NoDecode] = frozenset()
    """Names of packages, with commas between, to load although unlisted or research only."""

    pretest: dict[str, float] = {}
    """Pre-test probability of findings at this site, as JSON: {"tuberculosis": 0.02}."""

    @field_validator("allow_models", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """Accept names with commas between."""
        if isinstance(value, str):
            return frozenset(name.strip() for name in value.split(",") if name.strip())
        return value


def read_settings() -> Settings:
    """Read the settings from the environment."""
    try:
        return Settings()
    except (ValidationError, SettingsError) as error:
        found = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        raise Misuse(
            f"a setting in the environment (OSLER_…) cannot be used: {found}; "
            "see docs/reference/settings.md"
        ) from error
