"""What Osler made of a study, what people made of that, and where it went."""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    text,
)

from osler.records.tables.types import METADATA, Document, Moment, identity, refers

_CURRENT_OF_STUDY = text("superseded_at IS NULL AND study_id IS NOT NULL")
_CURRENT_OF_PATIENT = text("superseded_at IS NULL AND study_id IS NULL")

# At most one current draft of a study, and of a record alone: the database itself sees to it.
drafts = Table(
    "drafts",
    METADATA,
    identity("draft_id"),
    refers("study_id", "studies.study_id", nullable=True),
    refers("patient_id", "patients.patient_id"),
    refers("job_id", "jobs.job_id"),
    Column("revision", Integer, nullable=False),
    Column("address", String(64), nullable=False, index=True),
    Column("sha256", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("stored_at", Moment, nullable=False),
    Column("supersedes", String(36), ForeignKey("drafts.draft_id"), nullable=True),
    Column("superseded_at", Moment, nullable=True),
    Index(
        "uq_drafts_current_of_study",
        "study_id",
        unique=True,
        sqlite_where=_CURRENT_OF_STUDY,
        postgresql_where=_CURRENT_OF_STUDY,
    ),
    Index(
        "uq_drafts_current_of_patient",
        "patient_id",
        unique=True,
        sqlite_where=_CURRENT_OF_PATIENT,
        postgresql_where=_CURRENT_OF_PATIENT,
    ),
    UniqueConstraint("job_id", "revision"),
)

# A shadow model's predictions lie here too, marked, and in no draft. ``instance_uid`` is None for
# the combined statement over all films, which is what a draft shows.
predictions = Table(
    "predictions",
    METADATA,
    identity("prediction_id"),
    refers("draft_id", "drafts.draft_id"),
    Column("model", String, nullable=False),
    Column("model_version", String, nullable=False),
    Column("model_sha256", String(64), nullable=False),
    Column("name", String, nullable=False),
    Column("instance_uid", String(64), nullable=True),
    Column("probability", Float, nullable=False),
    Column("low", Float, nullable=False),
    Column("high", Float, nullable=False),
    Column("is_shadow", Boolean, nullable=False),
)

findings = Table(
    "findings",
    METADATA,
    identity("finding_id"),
    refers("draft_id", "drafts.draft_id"),
    Column("model", String, nullable=False),
    Column("name", String, nullable=False),
    Column("code_system", String, nullable=False),
    Column("code", String, nullable=False),
    Column("display", String, nullable=False),
    Column("is_positive", Boolean, nullable=False),
    Column("certainty", String, nullable=False),
)

assessments = Table(
    "assessments",
    METADATA,
    identity("assessment_id"),
    Column("draft_id", String(36), ForeignKey("drafts.draft_id"), nullable=False, unique=True),
    Column("value", Document, nullable=False),
)

# The finding is one of the draft's, or one that a person added under an id of its own. What a model
# had said of it stands beside the act, so that agreement is counted without opening ``value``.
reviews = Table(
    "reviews",
    METADATA,
    identity("review_id"),
    refers("draft_id", "drafts.draft_id"),
    Column("finding_id", String(36), nullable=False, index=True),
    Column("act", String(16), nullable=False),
    Column("reviewed_by", String, nullable=False),
    Column("reviewed_at", Moment, nullable=False),
    Column("model", String, nullable=True),
    Column("model_version", String, nullable=True),
    Column("name", String, nullable=True),
    Column("probability", Float, nullable=True),
    Column("is_positive", Boolean, nullable=True),
    Column("agrees", Boolean, nullable=True),
    Column("value", Document, nullable=False),
    Column("supersedes", String(36), ForeignKey("reviews.review_id"), nullable=True, unique=True),
    Index("ix_reviews_model", "model", "reviewed_at"),
)

# One report a draft: of two who sign at once, the database itself lets one win.
reports = Table(
    "reports",
    METADATA,
    identity("report_id"),
    Column("draft_id", String(36), ForeignKey("drafts.draft_id"), nullable=False, unique=True),
    Column("signed_by", String, nullable=False),
    Column("signed_at", Moment, nullable=False),
    Column("supersedes", String(36), ForeignKey("reports.report_id"), nullable=True),
)

# Edition 1 is the report as it was signed; each addendum makes the next.
addenda = Table(
    "addenda",
    METADATA,
    identity("addendum_id"),
    refers("report_id", "reports.report_id", index=False),
    Column("edition", Integer, nullable=False),
    Column("text", String, nullable=False),
    Column("added_by", String, nullable=False),
    Column("added_at", Moment, nullable=False),
    UniqueConstraint("report_id", "edition"),
)

report_files = Table(
    "report_files",
    METADATA,
    identity("file_id"),
    refers("report_id", "reports.report_id", index=False),
    Column("edition", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("address", String(64), nullable=False, index=True),
    Column("sha256", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    UniqueConstraint("report_id", "edition", "kind"),
)

# Each destination has a state of its own: sent means that the other side acknowledged.
deliveries = Table(
    "deliveries",
    METADATA,
    identity("delivery_id"),
    refers("report_id", "reports.report_id"),
    Column("destination", String, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("reason", String, nullable=True),
    Column("not_before", Moment, nullable=True),
    Column("sent_at", Moment, nullable=True),
    UniqueConstraint("report_id", "destination"),
)
