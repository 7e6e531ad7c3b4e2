"""The patient's record: documents kept whole, and the values read from them."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    text,
)

from osler.records.tables.types import METADATA, Document, Moment, identity, refers

# ``state``: new until the patient's assessment took it in, then used.
documents = Table(
    "documents",
    METADATA,
    identity("document_id"),
    refers("patient_id", "patients.patient_id"),
    Column("kind", String(32), nullable=False),
    Column("origin", String, nullable=False),
    Column("source", String, nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("address", String(64), nullable=False, index=True),
    Column("sha256", String(64), nullable=False, index=True),
    Column("size", Integer, nullable=False),
    Column("warnings", Document, nullable=False),
    Column("received_at", Moment, nullable=False),
    UniqueConstraint("patient_id", "sha256"),
)


def _values(name: str, key: str) -> Table:
    """Return a table of values of one kind.

    ``value`` is the whole noun of ``clinical``; ``fingerprint`` tells equal ones of one patient,
    so that a document that repeats another adds nothing. ``named`` is what the source calls the
    value: its next ``version`` is a new row that names the old one in ``supersedes``.
    """
    return Table(
        name,
        METADATA,
        identity(key),
        refers("patient_id", "patients.patient_id"),
        refers("document_id", "documents.document_id"),
        Column("code_system", String, nullable=False),
        Column("code", String, nullable=False),
        Column("effective", Moment, nullable=True),
        Column("value", Document, nullable=False),
        Column("fingerprint", String(64), nullable=False),
        Column("supersedes", String(36), ForeignKey(f"{name}.{key}"), nullable=True),
        Column("is_current", Boolean, nullable=False),
        Column("named", String, nullable=True),
        Column("version", String, nullable=True),
        UniqueConstraint("patient_id", "fingerprint"),
        Index(f"ix_{name}_named", "patient_id", "named"),
    )


observations = _values("observations", "observation_id")
conditions = _values("conditions", "condition_id")
medications = _values("medications", "medication_id")
allergies = _values("allergies", "allergy_id")

# Only what could not be right is in this, so that it is counted however much is kept.
Index(
    "ix_observations_implausible",
    observations.c.observation_id,
    sqlite_where=text("json_extract(value, '$.implausible') IS NOT NULL"),
    postgresql_where=text("(value ->> 'implausible') IS NOT NULL"),
)
