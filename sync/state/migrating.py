"""The state database changes its shape in numbered steps, all of them in one transaction."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from sync.errors import StateUnusable

VERSION = "0004"  # the newest step in migrations/versions
_FOLDER = Path(__file__).parent / "migrations"
_TABLE = sa.Table(
    "alembic_version",
    sa.MetaData(),
    sa.Column("version_num", sa.String(32), primary_key=True),
)
_MIGRATING = "umstui_migrating"
_READ_ONLY = "umstui_read_only"


def bring_up_to_date(engine: sa.Engine) -> None:
    """Make the tables, or take every step that is missing. Raises StateUnusable where a newer
    umstui wrote them; then nothing is changed."""
    found = _version(engine)
    if found == VERSION:
        return
    _refuse_newer(found)
    try:
        writing = engine.execution_options(**{_MIGRATING: True})
        with writing.begin() as connection:
            _upgrade(connection)
    except sa.exc.DatabaseError:
        # Two that start together on a server may both want to make the tables; one does.
        if _version(engine) != VERSION:
            raise


def refuse_another_version(connection: sa.Connection) -> None:
    """Called at the start of every transaction that writes: a colleague may have installed a newer
    umstui, and brought the tables up to date, while this one was open. Raises StateUnusable."""
    options = connection.get_execution_options()
    if options.get(_MIGRATING) or options.get(_READ_ONLY):
        return
    found = connection.execute(sa.select(_TABLE.c.version_num)).scalar()
    if found != VERSION:
        _refuse_newer(found)
        raise StateUnusable(
            f"The state database went back to version {found} while umstui was open; it was "
            "probably restored from a backup. Start umstui again; nothing was changed."
        )


def known_versions() -> list[str]:
    """All steps there are, oldest first."""
    return sorted(
        path.stem.removeprefix("step_")[:4] for path in (_FOLDER / "versions").glob("step_*.py")
    )


def _refuse_newer(found: str | None) -> None:
    if found is not None and found not in known_versions():
        raise StateUnusable(
            f"The state database is of version {found}, this umstui knows version {VERSION}. "
            "Install the newer umstui that wrote it; nothing was changed."
        )


def _upgrade(connection: sa.Connection) -> None:
    # alembic takes a while to import, and is needed once in the life of a release.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _version(engine: sa.Engine) -> str | None:
    with engine.connect().execution_options(**{_READ_ONLY: True}) as connection:
        if not sa.inspect(connection).has_table(_TABLE.name):
            return None
        return connection.execute(sa.select(_TABLE.c.version_num)).scalar()
