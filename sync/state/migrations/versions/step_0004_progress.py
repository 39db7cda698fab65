"""How far each run got is read from an index: the journal of a large school has long rows."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the index."""
    op.create_index("ix_batch_run_settled_size", "batch", ["run", "settled", "size"])
