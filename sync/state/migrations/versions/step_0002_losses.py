"""What an undo would not bring back stands with the run, before anything of it is sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Older runs say nothing of it."""
    op.add_column("run", sa.Column("losses", sa.JSON(), nullable=False, server_default="[]"))
