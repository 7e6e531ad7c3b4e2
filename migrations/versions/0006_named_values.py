"""Values of the record carry the name that their source gives them, so that versions are known."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

VALUES = ("observations", "conditions", "medications", "allergies")


def upgrade() -> None:
    """Take the step."""
    for table in VALUES:
        op.add_column(table, sa.Column("named", sa.String(), nullable=True))
        op.add_column(table, sa.Column("version", sa.String(), nullable=True))
        op.create_index(f"ix_{table}_named", table, ["patient_id", "named"], unique=False)
    op.create_index(op.f("ix_documents_sha256"), "documents", ["sha256"], unique=False)
