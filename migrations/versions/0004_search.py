"""Studies are found by words, and lists are narrowed and ordered by indexes of their own."""

import sqlalchemy as sa
from alembic import op

from osler.records.study_texts import index_study

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# FTS5 beside the table, kept equal by triggers: restoring a backup fills it by the way. `ascii`
# splits at spaces alone, because the words come folded; `secure-delete` leaves nothing behind.
SQLITE = (
    """CREATE VIRTUAL TABLE study_words USING fts5(
    words, content='study_texts', content_rowid='text_id', tokenize='ascii', detail='none',
    prefix='2 3')""",
    "INSERT INTO study_words(study_words, rank) VALUES('secure-delete', 1)",
    """CREATE TRIGGER study_texts_inserted AFTER INSERT ON study_texts BEGIN
    INSERT INTO study_words(rowid, words) VALUES (new.text_id, new.words); END""",
    """CREATE TRIGGER study_texts_deleted AFTER DELETE ON study_texts BEGIN
    INSERT INTO study_words(study_words, rowid, words) VALUES ('delete', old.text_id, old.words);
    END""",
    """CREATE TRIGGER study_texts_updated AFTER UPDATE ON study_texts BEGIN
    INSERT INTO study_words(study_words, rowid, words) VALUES ('delete', old.text_id, old.words);
    INSERT INTO study_words(rowid, words) VALUES (new.text_id, new.words); END""",
)
# A tsvector of the words as they are: no parser and no language comes between.
POSTGRESQL = (
    """CREATE INDEX ix_study_texts_words ON study_texts
    USING gin (array_to_tsvector(string_to_array(words, ' ')))""",
)
QUARANTINED = sa.text("state = 'quarantined'")
FORGOTTEN = sa.text("forgotten_at IS NOT NULL")


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "study_texts",
        sa.Column(
            "text_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("study_id", sa.String(length=36), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["study_id"], ["studies.study_id"], name=op.f("fk_study_texts_study_id")
        ),
        sa.PrimaryKeyConstraint("text_id", name=op.f("pk_study_texts")),
        sa.UniqueConstraint("study_id", name=op.f("uq_study_texts_study_id")),
        sqlite_autoincrement=True,
    )
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)
    for column in ("state", "priority", "source"):
        op.create_index(
            f"ix_studies_{column}", "studies", [column, "first_received_at", "study_id"]
        )
    op.create_index(
        "ix_studies_state_priority",
        "studies",
        ["state", "priority", "first_received_at", "study_id"],
    )
    op.create_index("ix_studies_study_date", "studies", ["study_date", "study_id"])
    op.create_index("ix_patient_identifiers_value", "patient_identifiers", ["value"])
    op.create_index(
        "ix_jobs_quarantined",
        "jobs",
        ["created_at", "job_id"],
        sqlite_where=QUARANTINED,
        postgresql_where=QUARANTINED,
    )
    op.create_index(
        "ix_patients_forgotten",
        "patients",
        ["forgotten_at"],
        sqlite_where=FORGOTTEN,
        postgresql_where=FORGOTTEN,
    )
    op.create_index(
        "ix_observations_implausible",
        "observations",
        ["observation_id"],
        sqlite_where=sa.text("json_extract(value, '$.implausible') IS NOT NULL"),
        postgresql_where=sa.text("(value ->> 'implausible') IS NOT NULL"),
    )
    fill()


def fill() -> None:
    """Index the studies that are there, the oldest first."""
    found = op.get_bind().scalars(
        sa.text("SELECT study_id FROM studies ORDER BY first_received_at, study_id")
    )
    for study_id in found.all():
        index_study(op.get_bind(), study_id)
