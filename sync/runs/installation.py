"""What every verb needs: the settings, who acts, the clock, and the rights that follow."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import sqlalchemy as sa

from sync.errors import NotAllowed, SettingsError
from sync.model import Operator
from sync.settings import Settings
from sync.snapshots.run_file import RunFiles
from sync.state.database import open_state
from sync.state.runs import StateReader, StateWriter
from sync.ums.database import open_database
from sync.ums.mapping import Mapping
from sync.ums.organizations import Organization, organizations as read_organizations


@dataclass(frozen=True)
class Installation:
    """One umstui.toml with the person who works on it.

    ``clock`` gives the local time with its zone. ``read_only`` sessions never get a writer, an
    executor or an engine that writes: there is no hidden button to forget.
    """

    settings: Settings
    operator: Operator
    clock: Callable[[], dt.datetime]
    read_only: bool = False

    @property
    def today(self) -> dt.date:
        """The local calendar day."""
        return self.clock().date()

    @cached_property
    def state(self) -> sa.Engine:
        """The engine of the state database."""
        return open_state(self.settings.state.url, self.settings.folder)

    @cached_property
    def mapping(self) -> Mapping:
        """How the contract's names map to those of this UMS database."""
        return Mapping.of(self.settings.ums)

    @cached_property
    def run_files(self) -> RunFiles:
        """The sealed run files, each known by the fingerprint that the state database has."""
        known: dict[int, str] = {}

        def fingerprint_of(run: int) -> str | None:
            if run not in known:
                known.update(self.reader().fingerprints())
            return known.get(run)

        return RunFiles(self.settings.path(self.settings.snapshots.dir), fingerprint_of)

    def source(self, *, read_only: bool = True) -> sa.Engine:
        """An engine on the UMS database; the caller disposes of it."""
        if not read_only:
            self.may_write(to="write to the UMS database")
        return open_database(self.settings.ums, folder=self.settings.folder, read_only=read_only)

    def reader(self) -> StateReader:
        """Reads runs and decisions."""
        return StateReader(self.state)

    def recorder(self) -> StateWriter:
        """Stores plans and proposals; everyone may have it but a read-only session."""
        self.may_write(to="store a plan or a decision")
        return StateWriter(self.state, self.operator)

    def may_write(self, *, to: str) -> None:
        """Raises NotAllowed in a read-only session."""
        if self.read_only:
            raise NotAllowed(
                f"This session is read-only and may not {to}. "
                "Start umstui without --read-only to do it."
            )

    @property
    def role(self) -> str:
        """viewer, scheduler, approver, or everyone where [operators] names nobody (cli.md)."""
        operators = self.settings.operators
        name = self.operator.name
        if not (operators.viewers or operators.approvers or operators.schedulers):
            return "everyone"
        if name in operators.approvers:
            return "approver"
        if name in operators.schedulers:
            return "scheduler"
        return "viewer"

    def require(self, *roles: str, to: str) -> None:
        """Raises NotAllowed unless the operator has one of the roles."""
        self.may_write(to=to)
        if self.role not in {"everyone", *roles}:
            raise NotAllowed(
                f"{self.operator.name} is a {self.role} here and may not {to}. "
                f"[operators] in umstui.toml says who may; ask one of the {' or '.join(roles)}s."
            )


def organizations(installation: Installation) -> list[Organization]:
    """The organizations of the UMS database, one itslearning connection each."""
    engine = installation.source()
    try:
        return read_organizations(engine, installation.mapping)
    finally:
        engine.dispose()


def choose_organization(found: list[Organization], wanted: int | None) -> Organization:
    """The organization that is meant (cli.md: --org is needed only where there are several).

    Raises SettingsError, naming those there are.
    """
    names = ", ".join(f"{organization.id} ({organization.description})" for organization in found)
    if not found:
        raise SettingsError(
            "itslearningOrganizationSettings has no row: set up a connection to itslearning in "
            "UMS first."
        )
    if wanted is None:
        if len(found) > 1:
            raise SettingsError(
                f"The database has several organizations; name one by --org: {names}."
            )
        return found[0]
    for organization in found:
        if organization.id == wanted:
            return organization
    raise SettingsError(f"There is no organization {wanted}; there are: {names}.")
