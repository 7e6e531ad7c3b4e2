"""What shows whether models still see what they learnt from."""

from sqlalchemy import BigInteger, Column, Float, Integer, String, Table

from osler.records.tables.types import METADATA, Document, Moment, identity, refers

# Numbers of one film: its quality, its distance from what each package learnt, each raw score.
film_measures = Table(
    "film_measures",
    METADATA,
    Column(
        "measure_id",
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=True,
    ),
    refers("draft_id", "drafts.draft_id"),
    Column("stored_at", Moment, nullable=False),
    Column("value", Document, nullable=False),
    sqlite_autoincrement=True,
)

# One watch over the quality of films, and one over each model. ``last_measure`` is the last film
# that it has taken in.
watches = Table(
    "watches",
    METADATA,
    Column("name", String, primary_key=True),
    Column("state", Document, nullable=False),
    Column("last_measure", BigInteger, nullable=False),
    Column("changed_at", Moment, nullable=False),
)

alerts = Table(
    "alerts",
    METADATA,
    identity("alert_id"),
    Column("watch", String, nullable=False),
    Column("raised_at", Moment, nullable=False, index=True),
    Column("films", Integer, nullable=False),
    Column("evidence", Float, nullable=False),
    Column("suspects", Document, nullable=False),
    Column("closed_at", Moment, nullable=True),
    Column("closed_by", String, nullable=True),
    Column("remark", String, nullable=True),
)
