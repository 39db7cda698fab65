"""What searches for duplicate users found, and what people said of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the two tables."""
    op.create_table(
        "duplicate_finding",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("org", sa.Integer(), nullable=False),
        sa.Column("identity", sa.String(255), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("first_found", sa.DateTime(), nullable=False),
        sa.Column("last_found", sa.DateTime(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("org", "identity", name="uq_duplicate_finding_org_identity"),
    )
    op.create_table(
        "duplicate_decision",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("org", sa.Integer(), nullable=False),
        sa.Column("identity", sa.String(255), nullable=False),
        sa.Column("answer", sa.String(16), nullable=False),
        sa.Column("keep", sa.String(255), nullable=False),
        sa.Column("run", sa.Integer()),
        sa.Column("operator", sa.String(128), nullable=False),
        sa.Column("origin", sa.String(255), nullable=False),
        sa.Column("decided_at", sa.DateTime(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
    )
    op.create_index("ix_duplicate_decision_org_identity", "duplicate_decision", ["org", "identity"])
