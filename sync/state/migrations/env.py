"""What alembic runs to bring the state database up to date, on the connection it was given.

``alembic`` on the command line needs an ini file and makes connections of its own; here neither is
wanted: ``sync.state.migrating`` opens the transaction in which all steps happen or none does.
"""

from __future__ import annotations

from alembic import context

import sync.state.calendar
import sync.state.findings  # noqa: F401 (their tables belong to the same database)
from sync.state.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,  # for its naming convention
    render_as_batch=True,  # SQLite changes a column by copying its table
)
with context.begin_transaction():
    context.run_migrations()
