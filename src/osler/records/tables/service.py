"""What the server keeps: how people sign in, what happened, and what is half uploaded."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
)

from osler.records.tables.types import METADATA, Document, Moment, identity, refers

# A password as argon2id made it. ``failed`` counts wrong ones in a row; after too many nobody
# gets in until ``locked_until``.
passwords = Table(
    "passwords",
    METADATA,
    refers("user_id", "users.user_id"),
    Column("hash", String, nullable=False),
    Column("must_change", Boolean, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("locked_until", Moment, nullable=True),
    Column("changed_at", Moment, nullable=False),
    PrimaryKeyConstraint("user_id"),
)

# Secrets are kept as their SHA-256 alone: whoever reads the table cannot sign in with it.
sessions = Table(
    "sessions",
    METADATA,
    identity("session_id"),
    refers("user_id", "users.user_id"),
    Column("secret_sha256", String(64), nullable=False, unique=True),
    Column("csrf", String(64), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("proved_at", Moment, nullable=False),
    Column("ended_at", Moment, nullable=True),
)

tokens = Table(
    "tokens",
    METADATA,
    identity("token_id"),
    refers("user_id", "users.user_id"),
    Column("name", String, nullable=False),
    Column("secret_sha256", String(64), nullable=False, unique=True),
    Column("roles", Document, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("revoked_at", Moment, nullable=True),
)

# What happened, in the order in which it was committed: ids only. A client that was away asks for
# what came after the last one it saw.
events = Table(
    "events",
    METADATA,
    Column(
        "event_id",
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=True,
    ),
    Column("at", Moment, nullable=False, index=True),
    Column("kind", String(32), nullable=False),
    Column("study_id", String(36), nullable=True),
    Column("patient_id", String(36), nullable=True),
    Column("job_id", String(36), nullable=True),
    Column("draft_id", String(36), nullable=True),
    Column("detail", Document, nullable=False),
    sqlite_autoincrement=True,
)

# ``state``: open until all bytes are there, then done or refused with what became of it.
uploads = Table(
    "uploads",
    METADATA,
    identity("upload_id"),
    Column("user", String, nullable=False),
    Column("name", String, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("parts", Document, nullable=False),
    Column("priority", String(16), nullable=False),
    Column("source", String, nullable=False),
    Column("state", String(16), nullable=False),
    Column("outcome", Document, nullable=True),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False, index=True),
)

# An answer that was given under a key is given again, not done again.
answers = Table(
    "answers",
    METADATA,
    Column("user", String, nullable=False),
    Column("key", String(128), nullable=False),
    Column("request_sha256", String(64), nullable=False),
    Column("status", Integer, nullable=True),
    Column("body", Document, nullable=True),
    Column("given_at", Moment, nullable=False),
    PrimaryKeyConstraint("user", "key"),
    Index("ix_answers_given_at", "given_at"),
)
