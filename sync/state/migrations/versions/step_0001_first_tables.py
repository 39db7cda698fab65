"""The tables of the first release: runs, decisions, journal, claims, audit, calendar, ledger."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("org", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("users_only", sa.Boolean(), nullable=False),
        sa.Column("takes_back", sa.Integer()),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("verdict", sa.String(8), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("source_digest", sa.String(64), nullable=False),
        sa.Column("settings_digest", sa.String(64), nullable=False),
        sa.Column("base", sa.Integer()),
        sa.Column("base_settled", sa.Integer(), nullable=False),
        sa.Column("started", sa.Integer()),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("made_by", sa.String(128), nullable=False),
        sa.Column("made_on", sa.String(128), nullable=False),
        sa.Column("ended_at", sa.DateTime()),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("filter", sa.JSON(), nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("without_key", sa.JSON()),
        sa.Column("unapprovable", sa.Boolean(), nullable=False),
        sa.Column("reading", sa.JSON(), nullable=False),
        sa.Column("done", sa.JSON()),
        sa.Column("to_send", sa.Integer(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("stop_requested", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_run_org", "run", ["org"])
    op.create_table(
        "decision",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(8), nullable=False),
        sa.Column("choice", sa.JSON(), nullable=False),
        sa.Column("chosen", sa.Integer(), nullable=False),
        sa.Column("until", sa.Date()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("operator", sa.String(128), nullable=False),
        sa.Column("origin", sa.String(255), nullable=False),
        sa.Column("decided_at", sa.DateTime(), nullable=False),
        sa.Column("proposal", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_decision_run", "decision", ["run"])
    op.create_table(
        "batch",
        sa.Column("run", sa.Integer(), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=False),
        sa.Column("settled_at", sa.DateTime()),
    )
    op.create_table(
        "outcome",
        sa.Column("run", sa.Integer(), primary_key=True),
        sa.Column("seq", sa.BigInteger(), primary_key=True),
        sa.Column("status", sa.String(8), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
    )
    op.create_table(
        "claim",
        sa.Column("org", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("run", sa.Integer()),
        sa.Column("doing", sa.String(64), nullable=False),
        sa.Column("operator", sa.String(128), nullable=False),
        sa.Column("host", sa.String(128), nullable=False),
        sa.Column("origin", sa.String(255), nullable=False),
        sa.Column("process", sa.Integer(), nullable=False),
        sa.Column("process_started", sa.Float(), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("heartbeat", sa.DateTime(), nullable=False),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("operator", sa.String(128), nullable=False),
        sa.Column("host", sa.String(128), nullable=False),
        sa.Column("origin", sa.String(255), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("run", sa.Integer()),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.create_table(
        "calendar_window",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("org", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(16), nullable=False),
        sa.Column("begins", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(16)),
        sa.Column("school", sa.String(255)),
        sa.Column("role", sa.String(64)),
        sa.Column("spared", sa.JSON(), nullable=False),
    )
    op.create_index("ix_calendar_window_org", "calendar_window", ["org"])
    op.create_table(
        "calendar_exception",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("org", sa.Integer(), nullable=False),
        sa.Column("target", sa.String(8), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
    )
    op.create_index("ix_calendar_exception_org", "calendar_exception", ["org"])
    op.create_table(
        "postponed",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("org", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("label", sa.String(255), nullable=False),
        sa.Column("school", sa.String(255), nullable=False),
        sa.Column("role", sa.String(64), nullable=False),
        sa.Column("first_missing", sa.Date(), nullable=False),
        sa.Column("first_run", sa.String(64), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("window", sa.Integer()),
        sa.Column("exception", sa.Integer()),
    )
    op.create_index("ix_postponed_org_kind_key", "postponed", ["org", "kind", "key"])
    op.create_index("ix_postponed_org_state", "postponed", ["org", "state"])
