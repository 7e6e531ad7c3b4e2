"""Jobs, workers, models in use, users, and the audit trail."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    text,
)

from osler.records.tables.types import METADATA, Document, Moment, identity, refers

_OPEN = "state IN ('waiting', 'claimed', 'running')"
_OPEN_STUDY = text(f"kind = 'study' AND {_OPEN}")
_OPEN_RECORD = text(f"kind = 'record' AND {_OPEN}")
_WAITING = text("state = 'waiting'")
_HELD = text("state IN ('claimed', 'running')")
_ANY_OPEN = text(_OPEN)
_QUARANTINED = text("state = 'quarantined'")

# ``state``: waiting, claimed, running, done, quarantined, cancelled. ``due_at`` orders the queue:
# an urgent job is due when it is made, a routine one later, so that urgent work goes first and
# routine work still moves.
jobs = Table(
    "jobs",
    METADATA,
    identity("job_id"),
    Column("kind", String(16), nullable=False),
    refers("study_id", "studies.study_id", nullable=True),
    refers("patient_id", "patients.patient_id"),
    Column("revision", Integer, nullable=False),
    Column("priority", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("strikes", Integer, nullable=False),
    Column("reason_kind", String(32), nullable=True),
    Column("reason", String, nullable=True),
    Column("due_at", Moment, nullable=False),
    Column("not_before", Moment, nullable=False),
    Column("worker_id", String, nullable=True),
    Column("created_at", Moment, nullable=False),
    Column("started_at", Moment, nullable=True),
    Column("finished_at", Moment, nullable=True),
    # One open job a study, and one a patient's record: two doors at once make one.
    Index(
        "uq_jobs_open_study",
        "study_id",
        unique=True,
        sqlite_where=_OPEN_STUDY,
        postgresql_where=_OPEN_STUDY,
    ),
    Index(
        "uq_jobs_open_record",
        "patient_id",
        unique=True,
        sqlite_where=_OPEN_RECORD,
        postgresql_where=_OPEN_RECORD,
    ),
    Index("ix_jobs_waiting", "due_at", sqlite_where=_WAITING, postgresql_where=_WAITING),
    Index("ix_jobs_held", "worker_id", sqlite_where=_HELD, postgresql_where=_HELD),
    Index("ix_jobs_open", "state", sqlite_where=_ANY_OPEN, postgresql_where=_ANY_OPEN),
    Index("ix_jobs_created", "created_at", "job_id"),
    Index(
        "ix_jobs_quarantined",
        "created_at",
        "job_id",
        sqlite_where=_QUARANTINED,
        postgresql_where=_QUARANTINED,
    ),
)

# ``beat`` is a count, not a time: a watcher sees by its own clock whether it still grows.
workers = Table(
    "workers",
    METADATA,
    Column("worker_id", String, primary_key=True),
    Column("host", String, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("beat", BigInteger, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("beat_at", Moment, nullable=False),
)

models_in_use = Table(
    "models_in_use",
    METADATA,
    identity("use_id"),
    Column("name", String, nullable=False, index=True),
    Column("version", String, nullable=False),
    Column("state", String(16), nullable=False),
    Column("set_by", String, nullable=False),
    Column("set_at", Moment, nullable=False),
    Column("supersedes", String(36), ForeignKey("models_in_use.use_id"), nullable=True),
    Column("superseded_at", Moment, nullable=True),
)

users = Table(
    "users",
    METADATA,
    identity("user_id"),
    Column("name", String, nullable=False, unique=True),
    Column("roles", Document, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("disabled_at", Moment, nullable=True),
)

audit = Table(
    "audit",
    METADATA,
    Column("chain", String(36), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),
    Column("user", String, nullable=False),
    Column("purpose", String(16), nullable=False),
    Column("action", String(32), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("subject", String, nullable=True),
    Column("patient_id", String(36), nullable=True),
    Column("detail", Document, nullable=False),
    Column("mac", String(64), nullable=False),
    PrimaryKeyConstraint("chain", "seq"),
    Index("ix_audit_at", "at"),
    Index("ix_audit_patient", "patient_id", "at"),
)

# The last entry of each chain, and up to which one another chain has sealed it.
audit_heads = Table(
    "audit_heads",
    METADATA,
    Column("chain", String(36), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("mac", String(64), nullable=False),
    Column("sealed_seq", BigInteger, nullable=False),
)
