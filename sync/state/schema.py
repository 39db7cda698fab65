"""The tables of the state database: what people decided and what is under way.

Anything two sessions may write at once stands here and nowhere else. The sealed run files hold
the plans themselves. Shape changes are numbered steps in ``migrations``.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

METADATA = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)


class Moment(TypeDecorator[dt.datetime]):
    """A moment in time: aware in Python, UTC without zone in the database."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> Any:
        """Refuse naive times, so that no local time slips in as UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(dt.UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> dt.datetime | None:
        """Give the zone back."""
        return None if value is None else value.replace(tzinfo=dt.UTC)


# One row a plan that was stored. ``started`` orders the runs that have written to itslearning;
# ``base`` is the run whose outcome this plan started from (None: nothing was held); ``done`` sums
# what arrived by kind, operation and school, for the limits that look back over days.
RUN = sa.Table(
    "run",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("org", sa.Integer, nullable=False, index=True),
    sa.Column("as_of", sa.Date, nullable=False),
    sa.Column("users_only", sa.Boolean, nullable=False),
    sa.Column("takes_back", sa.Integer),
    sa.Column("state", sa.String(24), nullable=False),
    sa.Column("verdict", sa.String(8), nullable=False),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.Column("source_digest", sa.String(64), nullable=False),
    sa.Column("settings_digest", sa.String(64), nullable=False),
    sa.Column("base", sa.Integer),
    sa.Column("base_settled", sa.Integer, nullable=False),
    sa.Column("started", sa.Integer),
    sa.Column("made_at", Moment, nullable=False),
    sa.Column("made_by", sa.String(128), nullable=False),
    sa.Column("made_on", sa.String(128), nullable=False),
    sa.Column("ended_at", Moment),
    sa.Column("counts", sa.JSON, nullable=False),
    sa.Column("filter", sa.JSON, nullable=False),
    sa.Column("problems", sa.JSON, nullable=False),
    sa.Column("losses", sa.JSON, nullable=False, server_default="[]"),
    sa.Column("without_key", sa.JSON),
    sa.Column("unapprovable", sa.Boolean, nullable=False),
    sa.Column("reading", sa.JSON, nullable=False),
    sa.Column("done", sa.JSON),
    sa.Column("to_send", sa.Integer, nullable=False),
    sa.Column("message", sa.Text, nullable=False, default=""),
    sa.Column("stop_requested", sa.Boolean, nullable=False, default=False),
)

# What a person said of a run: approve, reject or wait, with the filter that chose the changes.
DECISION = sa.Table(
    "decision",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("run", sa.Integer, nullable=False, index=True),
    sa.Column("answer", sa.String(8), nullable=False),
    sa.Column("choice", sa.JSON, nullable=False),
    sa.Column("chosen", sa.Integer, nullable=False),
    sa.Column("until", sa.Date),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("operator", sa.String(128), nullable=False),
    sa.Column("origin", sa.String(255), nullable=False),
    sa.Column("decided_at", Moment, nullable=False),
    sa.Column("proposal", sa.Boolean, nullable=False),
)

# The journal: a batch stands here before it is sent. ``content`` are the seq of its changes.
BATCH = sa.Table(
    "batch",
    METADATA,
    sa.Column("run", sa.Integer, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("stage", sa.Integer, nullable=False),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("settled", sa.Boolean, nullable=False),
    sa.Column("sent_at", Moment, nullable=False),
    sa.Column("settled_at", Moment),
    # What came of runs is summed for every list of them, without their contents.
    sa.Index("ix_batch_run_settled_size", "run", "settled", "size"),
)

# Items that did not simply succeed; every other item of a settled batch did.
OUTCOME = sa.Table(
    "outcome",
    METADATA,
    sa.Column("run", sa.Integer, primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True),
    sa.Column("status", sa.String(8), nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("code", sa.String(64), nullable=False),
)

# Who is writing to an organization's site right now; one row an organization.
CLAIM = sa.Table(
    "claim",
    METADATA,
    sa.Column("org", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("run", sa.Integer),
    sa.Column("doing", sa.String(64), nullable=False),
    sa.Column("operator", sa.String(128), nullable=False),
    sa.Column("host", sa.String(128), nullable=False),
    sa.Column("origin", sa.String(255), nullable=False),
    sa.Column("process", sa.Integer, nullable=False),
    sa.Column("process_started", sa.Float, nullable=False),
    sa.Column("since", Moment, nullable=False),
    sa.Column("heartbeat", Moment, nullable=False),
)

# Append-only; each entry carries the hash of the one before.
AUDIT = sa.Table(
    "audit",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("operator", sa.String(128), nullable=False),
    sa.Column("host", sa.String(128), nullable=False),
    sa.Column("origin", sa.String(255), nullable=False),
    sa.Column("action", sa.String(32), nullable=False),
    sa.Column("run", sa.Integer),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("previous", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
)
