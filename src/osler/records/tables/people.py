"""Patients: who they are, by which numbers, and which two rows are one person."""

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    text,
)

from osler.records.tables.types import METADATA, Moment, identity, refers

patients = Table(
    "patients",
    METADATA,
    identity("patient_id"),
    # The data key of this patient's objects, wrapped by the master key. Forgetting a patient
    # empties it: from then on nobody can open what was kept under it.
    Column("wrapped_key", LargeBinary, nullable=True),
    Column("forgotten_at", Moment, nullable=True),
    Column("created_at", Moment, nullable=False),
    Index(
        "ix_patients_forgotten",
        "forgotten_at",
        sqlite_where=text("forgotten_at IS NOT NULL"),
        postgresql_where=text("forgotten_at IS NOT NULL"),
    ),
)

# A description is never changed: what a later document says is a new row that names the old one.
patient_descriptions = Table(
    "patient_descriptions",
    METADATA,
    identity("description_id"),
    refers("patient_id", "patients.patient_id"),
    Column("name", String, nullable=True),
    Column("sex", String(16), nullable=False),
    Column("birth_date", Date, nullable=True),
    Column("stated_age_years", Float, nullable=True),
    Column(
        "supersedes", String(36), ForeignKey("patient_descriptions.description_id"), nullable=True
    ),
    Column("is_current", Boolean, nullable=False),
    Column("stated_by", String, nullable=False),
    Column("received_at", Moment, nullable=False),
)

# ``issuer`` is '' where no document names one: such numbers form a space of their own.
patient_identifiers = Table(
    "patient_identifiers",
    METADATA,
    identity("identifier_id"),
    refers("patient_id", "patients.patient_id"),
    Column("issuer", String, nullable=False),
    Column("value", String, nullable=False, index=True),
    Column("kind", String(32), nullable=False),
    Column("received_at", Moment, nullable=False),
    UniqueConstraint("issuer", "value"),
)

# Two rows are one person from ``merged_at`` until ``undone_at``; nothing else is moved, so that a
# wrong merge is undone without a trace in the data itself.
patient_merges = Table(
    "patient_merges",
    METADATA,
    identity("merge_id"),
    refers("patient_id", "patients.patient_id"),
    refers("into_patient_id", "patients.patient_id"),
    Column("merged_at", Moment, nullable=False),
    Column("merged_by", String, nullable=False),
    Column("undone_at", Moment, nullable=True),
    Column("undone_by", String, nullable=True),
)
