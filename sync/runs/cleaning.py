"""The clean-up of UMS's memory: what it would do, doing it, and taking it back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import sqlalchemy as sa

from sync import cleanup
from sync.cleanup.backup import read_header
from sync.errors import BackupUnusable, Frozen, NotConfirmed, NotFound, Refused
from sync.model import ProgressListener, RunState, ignore_progress
from sync.procedure import (
    BackupEntry,
    Cleaned,
    CleanupPreview,
    OrganizationMemory,
    RestorePreview,
)
from sync.runs.following import Followed
from sync.runs.guarding import calendar
from sync.runs.installation import Installation, choose_organization, organizations
from sync.state import audit
from sync.state.claims import claimed, holder
from sync.ums.database import database_name
from sync.ums.organizations import Organization
from sync.windows import Window, WindowType

OPEN = frozenset({RunState.PLANNED, RunState.HELD, RunState.APPROVED})
CLEANED, RESTORED = "cleanup", "restore"  # what the audit trail calls them
EVERYTHING = "all organizations"


def backup_folder(installation: Installation) -> Path:
    """Where backups of UMS's memory are kept: beside the run files."""
    return installation.run_files.folder / "backups"


def preview_cleanup(
    installation: Installation,
    org: int | None = None,
    *,
    everything: bool = False,
    live: bool = False,
    progress: ProgressListener = ignore_progress,
) -> CleanupPreview:
    """What a clean-up of one organization, or of all, would do; changes nothing.

    ``live`` also reads the persons at itslearning, to say what the steps after it will do; the
    read has no side effect there. Raises SchemaMismatch, DatabaseUnreachable, SiteUnreachable, ...
    """
    chosen = _chosen(installation, org, everything=everything)
    organization = None if everything else chosen[0].id
    engine = installation.source()
    try:
        counts = cleanup.count_memory(engine, installation.mapping)
        name = database_name(engine)
    finally:
        engine.dispose()
    followed = [Followed.of(installation, one, live=live, progress=progress) for one in chosen]
    return CleanupPreview(
        confirm=name,
        organization=organization,
        tables=counts.of(organization),
        flags=counts.flags_of(organization),
        organizations=[
            OrganizationMemory(one.id, one.description, counts.of(one.id), counts.flags_of(one.id))
            for one in chosen
        ],
        forgotten=[item for part in followed for item in part.forgotten],
        obstacles=[words for one in chosen for words in _obstacles(installation, one.id)],
        calendar=[
            words
            for one in chosen
            for words in _calendar_words(_windows_today(installation, one.id))
        ],
        backups=backups(installation),
        follow_up=followed[0].follow_up if live and len(followed) == 1 else None,
        unknown="; ".join(part.unknown for part in followed if part.unknown),
    )


def run_cleanup(
    installation: Installation,
    org: int | None = None,
    *,
    confirm: str | None,
    everything: bool = False,
    despite_calendar: bool = False,
    expected: Mapping[str, int] | None = None,
    expected_rows: int | None = None,
) -> Cleaned:
    """Empty UMS's memory of one organization, or of all, after a verified backup.

    ``confirm`` is the name of the database; ``expected`` are the rows of each table that a
    person was shown, ``expected_rows`` their sum; other numbers stop it. Raises NotConfirmed,
    Refused, Frozen, WriterBusy, BackupUnusable, SchemaMismatch, DatabaseUnreachable; then nothing
    was changed.
    """
    installation.require("approver", to="clean up the UMS database")
    chosen = _chosen(installation, org, everything=everything)
    organization = None if everything else chosen[0].id
    engine = installation.source(read_only=False)
    try:
        _refuse_unconfirmed(engine, confirm)
        with _alone(installation, chosen, "the clean-up", despite_calendar=despite_calendar):
            done = cleanup.empty_memory(
                engine,
                installation.mapping,
                organization,
                backup_folder(installation),
                _maker(installation, engine),
                expected,
                expected_rows,
            )
            audit.record(
                installation.state,
                installation.operator,
                installation.clock(),
                CLEANED,
                count=sum(done.tables.values()),
                reason=_said(organization, done.backup),
            )
    finally:
        engine.dispose()
    return Cleaned(done.backup.name, done.tables, done.flags, done.backup.header.remove_after)


def preview_restore(installation: Installation, backup: str) -> RestorePreview:
    """What restoring a backup would do; changes nothing. Raises BackupUnusable where it is
    missing, altered, or of another database."""
    engine = installation.source()
    try:
        found = _verified(installation, engine, backup)
        counts = cleanup.count_memory(engine, installation.mapping)
    finally:
        engine.dispose()
    organization = found.header.organization
    affected = list(found.footer.flags)
    return RestorePreview(
        backup=found.name,
        organization=organization,
        made_at=found.header.made_at,
        made_by=found.header.made_by,
        tables=found.footer.rows,
        flags=found.footer.flags,
        now=counts.of(organization),
        obstacles=[
            words
            for one in affected
            for words in (
                *_obstacles(installation, one),
                *_calendar_words(_windows_today(installation, one)),
            )
        ],
    )


def restore_cleanup(
    installation: Installation,
    backup: str,
    *,
    replace: bool = False,
    despite_calendar: bool = False,
) -> RestorePreview:
    """Put a backup back: identical rows, identity values too, and the flags.

    Rows that UMS remembers by now are in the way; ``replace`` deletes them after a backup of them.
    Gives what came back. Raises what ``run_cleanup`` raises; then nothing was changed.
    """
    installation.require("approver", to="restore the UMS database")
    done = preview_restore(installation, backup)
    chosen = [one for one in organizations(installation) if one.id in done.flags]
    engine = installation.source(read_only=False)
    try:
        found = _verified(installation, engine, backup)
        with _alone(installation, chosen, "a restore", despite_calendar=despite_calendar):
            if replace and any(done.now.values()):
                cleanup.back_up_memory(
                    engine,
                    installation.mapping,
                    done.organization,
                    backup_folder(installation),
                    _maker(installation, engine),
                )
            cleanup.restore_memory(engine, installation.mapping, found, replace=replace)
            audit.record(
                installation.state,
                installation.operator,
                installation.clock(),
                RESTORED,
                count=sum(done.tables.values()),
                reason=_said(done.organization, found),
            )
    finally:
        engine.dispose()
    return done


def backups(installation: Installation) -> list[BackupEntry]:
    """The backups there are, newest first, each with the day after which it should go."""
    found = []
    for path in cleanup.backup_files(backup_folder(installation)):
        header = read_header(path)
        after = None if header is None else header.remove_after
        found.append(
            BackupEntry(
                path.name,
                None if header is None else header.organization,
                "" if header is None else header.made_at,
                "" if header is None else header.made_by,
                after,
                due=after is not None and after < installation.today,
            )
        )
    return found


def remove_due_backups(installation: Installation) -> list[str]:
    """Remove the backups whose day is over, and give their names: they hold personal data."""
    installation.require("approver", to="remove backups")
    names = [entry.name for entry in backups(installation) if entry.due]
    for name in names:
        cleanup.remove_backup(backup_folder(installation) / name)
        audit.record(
            installation.state, installation.operator, installation.clock(),
            "remove backup", reason=name,
        )  # fmt: skip
    return names


def last_cleanup(installation: Installation, org: int) -> audit.AuditEntry | None:
    """The last clean-up of an organization that was not taken back by a restore since."""
    scopes = (f"organization {org}:", f"{EVERYTHING}:")
    last = None
    for entry in audit.entries(installation.state):
        if entry.action in {CLEANED, RESTORED} and entry.reason.startswith(scopes):
            last = entry if entry.action == CLEANED else None
    return last


def _said(organization: int | None, backup: cleanup.Backup) -> str:
    scope = EVERYTHING if organization is None else f"organization {organization}"
    return f"{scope}: backup {backup.name}, SHA-256 {backup.footer.sha256}"


def _chosen(
    installation: Installation, org: int | None, *, everything: bool
) -> Sequence[Organization]:
    found = organizations(installation)
    if everything:
        if org is not None:
            raise Refused(
                f"Say either one organization or all of them: --org {org} and "
                "--all-organizations contradict each other."
            )
        choose_organization(found, found[0].id if found else None)
        return found
    return [choose_organization(found, org)]


def _maker(installation: Installation, engine: sa.Engine) -> cleanup.Maker:
    return cleanup.Maker(
        database_name(engine),
        _place(engine),
        installation.operator.name,
        installation.operator.host,
        installation.clock(),
    )


def _place(engine: sa.Engine) -> str:
    url = engine.url
    if engine.dialect.name == "sqlite":
        return str(url.database)
    return f"{url.host or ''}:{url.port or ''}/{url.database or ''}"


def _refuse_unconfirmed(engine: sa.Engine, confirm: str | None) -> None:
    name = database_name(engine)
    if (confirm or "").strip() != name:
        raise NotConfirmed(
            f"Type the name of the database to go on: --confirm {name}. Nothing was changed."
        )


def _obstacles(installation: Installation, org: int) -> Iterator[str]:
    """Runs that are under way, cut off or could still be carried out."""
    now = installation.clock()
    claim = holder(installation.state, org, installation.operator.host, now)
    if claim is not None and not claim.lapsed:
        yield f"{claim.operator} on {claim.host} is doing {claim.doing}; wait for its end"
    yield from _open_runs(installation, org)


def _open_runs(installation: Installation, org: int) -> Iterator[str]:
    """Runs that were cut off or could still be carried out."""
    reader = installation.reader()
    last = reader.last_started(org)
    number = None if last is None else int(last.summary.run)
    settled = 0 if number is None else reader.settled_batches(number)
    if last is not None and last.summary.state is RunState.APPLYING:
        yield f"run {number} was cut off; end it with `umstui apply {number}`"
    for summary in reader.runs(org):
        if summary.state not in OPEN or not summary.changes:
            continue
        stored = reader.run(summary.run)
        if stored.started is None and (stored.base, stored.base_settled) == (number, settled):
            yield (
                f"run {summary.run} is planned and could still be carried out; apply it, or "
                f"reject it with `umstui reject {summary.run} --reason …`"
            )


def _windows_today(installation: Installation, org: int) -> list[Window]:
    windows, _ = calendar(installation, org)
    return [window for window in windows if window.covers(installation.today)]


def _calendar_words(windows: Iterable[Window]) -> list[str]:
    return [
        f"a {'freeze' if window.type is WindowType.FREEZE else 'delay-delete window'} "
        f"covers today and ends {window.ends}"
        for window in windows
    ]


@contextmanager
def _alone(
    installation: Installation,
    chosen: Sequence[Organization],
    doing: str,
    *,
    despite_calendar: bool,
) -> Iterator[None]:
    """Hold the right to write of every organization, where nothing stands against it."""
    with ExitStack() as stack:
        for one in chosen:
            stack.enter_context(
                claimed(
                    installation.state, one.id, run=None, doing=doing,
                    operator=installation.operator, clock=installation.clock,
                )
            )  # fmt: skip
            # The claim is ours by now, so it cannot be what stands in the way.
            if against := list(_open_runs(installation, one.id)):
                raise Refused(f"Not now: {'; '.join(against)}. Nothing was changed.")
            windows = _windows_today(installation, one.id)
            if windows and not despite_calendar:
                frozen = any(window.type is WindowType.FREEZE for window in windows)
                error = Frozen if frozen else Refused
                raise error(
                    f"Not now: {'; '.join(_calendar_words(windows))}. --despite-calendar does it "
                    "all the same. Nothing was changed."
                )
        yield


def _verified(installation: Installation, engine: sa.Engine, name: str) -> cleanup.Backup:
    """A backup that is whole, of this database, and the one that the audit trail knows."""
    path = Path(name)
    if path.name == name:
        path = backup_folder(installation) / name
    if not path.exists():
        raise NotFound(f"There is no backup {name}; `umstui cleanup backups` lists them.")
    found = cleanup.read_backup(path)
    here = (database_name(engine), _place(engine))
    if (found.header.database, found.header.place) != here:
        raise BackupUnusable(
            f"{found.name} is a backup of {found.header.database} ({found.header.place}), this "
            f"database is {here[0]} ({here[1]}). Nothing was changed."
        )
    for entry in audit.entries(installation.state):
        if f"backup {found.name}, SHA-256 " in entry.reason and not entry.reason.endswith(
            found.footer.sha256
        ):
            raise BackupUnusable(
                f"{found.name} is whole, but not the file that was written on "
                f"{entry.at.date()}: its checksum is not the one in the audit trail. Nothing was "
                "changed."
            )
    return found
