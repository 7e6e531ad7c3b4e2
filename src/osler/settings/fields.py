"""What can be set: names, types, defaults, and what a value must be."""

import getpass
import os
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

PREFIX = "OSLER_"

_Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_Quiet = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_Count = Annotated[int, Field(ge=1)]


def _user() -> str:
    """Return the name of whoever runs this process; a number where the system knows no name."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"uid-{os.getuid()}"


def _by_default(words: str) -> dict[str, Any]:
    """Return what the reference page says of a default that is worked out."""
    return {"default": words}


class Settings(BaseSettings):
    """What an operator can set.

    Made by hand it holds what it is handed and defaults, and looks nowhere else: `read_settings`
    looks into environment and files.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        hide_input_in_errors=True,
    )

    data_dir: Path = Field(
        default_factory=lambda: platformdirs.user_data_path("osler", appauthor=False),
        json_schema_extra=_by_default("the system's own place for a user's data"),
    )
    """Folder for everything that Osler keeps, unless another setting says otherwise."""

    database: SecretStr = Field(
        default_factory=lambda data: SecretStr(f"sqlite:///{data['data_dir'] / 'osler.db'}"),
        json_schema_extra=_by_default("`osler.db` in the data folder"),
    )
    """The database: `sqlite:///FILE`, always encrypted, or
    `postgresql://USER:PASSWORD@HOST/DATABASE`."""

    objects: str = Field(
        default_factory=lambda data: str(data["data_dir"] / "objects"),
        json_schema_extra=_by_default("`objects` in the data folder"),
    )
    """The store of pixels and documents, always encrypted: a folder, or `s3://BUCKET/PREFIX`."""

    objects_endpoint: str | None = None
    """Address of the S3 service; not needed where a region of Amazon's own is named."""

    objects_region: str | None = None
    """Region of the S3 service."""

    objects_key_id: str | None = None
    """Access key ID of the S3 service. Without it, credentials for a region of Amazon's come from
    where the tools of AWS look for them."""

    objects_secret: SecretStr | None = None
    """Secret access key of the S3 service."""

    objects_allow_http: bool = False
    """Whether the S3 service may be spoken to without TLS."""

    master_key: SecretStr | None = None
    """The key that wraps all others: 64 hexadecimal digits. It wins over the key file."""

    master_key_file: Path = Field(
        default_factory=lambda data: data["data_dir"] / "master.key",
        json_schema_extra=_by_default("`master.key` in the data folder"),
    )
    """File of the master key, mode 0600. The first start makes it, unless the database is on a
    server."""

    user: Annotated[str, Field(min_length=1)] = Field(
        default_factory=_user,
        json_schema_extra=_by_default("the name that you are logged in by"),
    )
    """Who acts: the name in the audit trail for what is done on the command line."""

    default_issuer: str | None = None
    """Issuer of patient identifiers whose document names none."""

    changed_instance: Literal["refuse", "version"] = "refuse"
    """What becomes of an instance that comes again with other content: `refuse` it, or keep it as
    a new `version`."""

    quiet_seconds: _Quiet = 60.0
    """A study is complete when nothing has come in for so long, unless its sender said so
    before."""

    quiet_seconds_by_source: dict[str, _Quiet] = {}
    """The same for single sources: `{"CT1": 300}`."""

    worker_threads: _Count = 2
    """How many jobs one worker does at a time."""

    attempts: _Count = 3
    """How often a job is tried before it is quarantined with the reason."""

    most_waiting: _Count = 100_000
    """How many jobs may wait; beyond, new input is told to try later."""

    least_free_mb: Annotated[int, Field(ge=0)] = 512
    """Megabytes (10^6 bytes) that stay free on the disk; below, new input is told to try later."""

    heartbeat_seconds: _Seconds = 2.0
    """How often a worker says that it lives."""

    dead_after_seconds: _Seconds = 15.0
    """A worker that is silent for so long is dead, and its jobs go to another; at least twice the
    heartbeat."""

    routine_waits_at_most_minutes: _Seconds = 30.0
    """A routine job that has waited for so long is no longer overtaken by urgent ones."""

    seal_minutes: _Seconds = 5.0
    """How often the audit chains are sealed into each other."""

    films_between_false_alarms: Annotated[float, Field(gt=1)] = 36_500.0
    """At least so many films go by, on average, between false alarms of one watch on what comes in:
    36,500 is at most one a year at 100 films a day."""

    models_dir: Path | None = Field(
        None, json_schema_extra=_by_default("the packages that came with Osler")
    )
    """Folder of model packages: `<name>/<version>/` and `shipped.json`."""

    guidelines_dir: Path | None = Field(
        None, json_schema_extra=_by_default("the files that came with Osler")
    )
    """Folder of guideline files."""

    allow_models: Annotated[frozenset[str], NoDecode] = frozenset()
    """Names of packages, with commas between, to load although they are not on the shipped list
    or are for research only."""

    small_changes: bool = False
    """Whether every probability also says how far it holds when the picture is changed a little
    (turned, shifted, scaled, lit): nine times the cost of a score."""

    pretest: dict[str, float] = {}
    """Pre-test probability of findings at this site: `{"tuberculosis": 0.02}`; `--pretest` wins
    over it."""

    @classmethod
    def settings_customise_sources(  # type: ignore[explicit-override]  # noqa: PLR0917 - theirs
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what is handed in; `read_settings` asks the other sources, to name all faults."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)

    @field_validator("allow_models", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """Accept names with commas between."""
        if isinstance(value, str):
            return frozenset(name.strip() for name in value.split(",") if name.strip())
        return value

    @field_validator("data_dir", "master_key_file")
    @classmethod
    def _whole(cls, value: Path) -> Path:
        """Make a place independent of the folder that a command runs in."""
        return value.expanduser().absolute()

    @field_validator("database")
    @classmethod
    def _known_database(cls, value: SecretStr) -> SecretStr:
        """Refuse other kinds; the message shows no part of the URL, which may hold a password."""
        kind, sign, rest = value.get_secret_value().partition("://")
        if kind == "sqlite" and sign and rest.startswith("/") and len(rest) > 1:
            return SecretStr(f"sqlite:///{Path(rest[1:]).expanduser().absolute()}")
        if kind == "postgresql" and rest:
            return value
        raise ValueError("sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE")

    @field_validator("objects")
    @classmethod
    def _known_store(cls, value: str) -> str:
        """Refuse kinds of store that there are not."""
        kind, sign, rest = value.partition("://")
        if sign and (kind != "s3" or not rest.strip("/")):
            raise ValueError("a folder or s3://BUCKET/PREFIX")
        return value if sign else str(Path(value).expanduser().absolute())

    @field_validator("master_key")
    @classmethod
    def _whole_key(cls, value: SecretStr | None) -> SecretStr | None:
        """Refuse what is no key of 32 bytes."""
        digits = value.get_secret_value().lower() if value is not None else "0" * 64
        if len(digits) != 64 or not set(digits) <= set("0123456789abcdef"):
            raise ValueError("64 hexadecimal digits (make some with: openssl rand -hex 32)")
        return value

    @field_validator("dead_after_seconds")
    @classmethod
    def _beats_before(cls, value: float, info: ValidationInfo) -> float:
        """Refuse a time in which a living worker may miss its only beat."""
        beat = info.data.get("heartbeat_seconds", 0.0)
        if value < 2 * beat:
            raise ValueError(f"at least twice heartbeat_seconds ({beat:g})")
        return value
