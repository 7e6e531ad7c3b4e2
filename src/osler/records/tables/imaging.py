"""Studies, series and instances, and what was turned away."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    text,
)

from osler.records.tables.types import METADATA, Document, Moment, identity, refers

# ``state``: receiving, complete, queued, analysed, failed, cancelled. ``revision`` grows with each
# new instance: a result says which revision it looked at, so that a late one is never overlooked.
studies = Table(
    "studies",
    METADATA,
    identity("study_id"),
    Column("study_uid", String(64), nullable=False, unique=True),
    refers("patient_id", "patients.patient_id"),
    Column("study_date", Date, nullable=True),
    Column("studied_at", Moment, nullable=True),
    Column("description", String, nullable=True),
    Column("accession_number", String, nullable=True, index=True),
    Column("source", String, nullable=False),
    Column("priority", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("quiet_until", Moment, nullable=True),
    Column("first_received_at", Moment, nullable=False),
    Column("last_received_at", Moment, nullable=False),
    # Only what still waits for work is in these, so that a sweep costs the same however many
    # studies are kept.
    Index(
        "ix_studies_receiving",
        "quiet_until",
        sqlite_where=text("state = 'receiving'"),
        postgresql_where=text("state = 'receiving'"),
    ),
    Index(
        "ix_studies_complete",
        "last_received_at",
        sqlite_where=text("state = 'complete'"),
        postgresql_where=text("state = 'complete'"),
    ),
    Index("ix_studies_first_received", "first_received_at", "study_id"),
    # One for each way in which lists are narrowed and ordered.
    Index("ix_studies_state", "state", "first_received_at", "study_id"),
    Index("ix_studies_state_priority", "state", "priority", "first_received_at", "study_id"),
    Index("ix_studies_priority", "priority", "first_received_at", "study_id"),
    Index("ix_studies_source", "source", "first_received_at", "study_id"),
    Index("ix_studies_study_date", "study_date", "study_id"),
)

# The words that a study is found by, folded: see `osler.records.words`. ``text_id`` grows as
# studies come in, so that the newest are found first without sorting. The index over the words is
# made by the migrations, because each database has a kind of its own.
study_texts = Table(
    "study_texts",
    METADATA,
    Column(
        "text_id",
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=True,
    ),
    Column("study_id", String(36), ForeignKey("studies.study_id"), nullable=False, unique=True),
    Column("words", String, nullable=False),
    sqlite_autoincrement=True,
)

series = Table(
    "series",
    METADATA,
    identity("series_id"),
    refers("study_id", "studies.study_id"),
    Column("series_uid", String(64), nullable=False),
    Column("modality", String(16), nullable=True),
    Column("description", String, nullable=True),
    UniqueConstraint("study_id", "series_uid"),
)

# ``header`` is all that Osler read of the header; the object itself is kept whole. Another content
# under the same UID is a row of its own with the next ``version``.
instances = Table(
    "instances",
    METADATA,
    identity("instance_id"),
    refers("series_id", "series.series_id"),
    refers("study_id", "studies.study_id"),
    Column("instance_uid", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("supersedes", String(36), ForeignKey("instances.instance_id"), nullable=True),
    Column("is_current", Boolean, nullable=False),
    Column("address", String(64), nullable=False, index=True),
    Column("sha256", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("header", Document, nullable=False),
    Column("source", String, nullable=False),
    Column("received_at", Moment, nullable=False),
    UniqueConstraint("study_id", "instance_uid", "version"),
)

# What could not be used: the sentence, and the bytes where the sender keeps none (``address``).
refusals = Table(
    "refusals",
    METADATA,
    identity("refusal_id"),
    Column("origin", String, nullable=False),
    Column("sentence", String, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("source", String, nullable=False),
    Column("address", String(64), nullable=True, index=True),
    Column("sha256", String(64), nullable=True),
    Column("received_at", Moment, nullable=False, index=True),
)
