"""Errors that a person can act on: one class each, with a sentence that says what to do.

Their text reaches the terminal as it is. It never holds a secret, a CPR number or a birthday.
"""

from __future__ import annotations


class UmstuiError(Exception):
    """The root of all of them. ``exit_code`` is what the command line leaves with (cli.md)."""

    exit_code = 1


class SettingsError(UmstuiError):
    """umstui.toml is missing, cannot be read, or it or --org says what cannot be meant."""

    exit_code = 2


class DatabaseUnreachable(UmstuiError):
    """A database did not answer, or refused the login."""


class SchemaMismatch(UmstuiError):
    """A table or column of the UMS database is not there under its mapped name."""


class CriteriaRefused(UmstuiError):
    """A SQL criterion holds something other than one harmless predicate over known columns."""


class SourceIncomplete(UmstuiError):
    """The source was not read to its end; nothing may be derived from it."""


class SiteUnreachable(UmstuiError):
    """itslearning did not answer after all attempts."""


class CredentialsRefused(UmstuiError):
    """itslearning refused user name or password."""


class SiteFault(UmstuiError):
    """itslearning answered with a SOAP fault or with something that is no SOAP at all."""


class StateUnusable(UmstuiError):
    """The state database is locked, read-only, half-written, or newer than this program."""


class NoRoom(UmstuiError):
    """Disk or memory were not enough to work something out; nothing was stored or sent."""


class RunFileDamaged(UmstuiError):
    """A run file is missing, cut off, or not one of ours."""


class BackupUnusable(UmstuiError):
    """A backup of UMS's memory cannot be written, or is missing, cut off, altered or of another
    database."""


class NotFound(UmstuiError):
    """No run, window, exception or finding has that name."""

    exit_code = 2


class Refused(UmstuiError):
    """It could be done, but not now or not like this (cli.md, exit code 6)."""

    exit_code = 6


class Frozen(Refused):
    """A freeze covers the day."""


class RunStale(Refused):
    """The run no longer matches its inputs; plan again."""


class WriterBusy(Refused):
    """Another run of this organization is being carried out."""


class NotConfirmed(Refused):
    """Deletes were not confirmed with their number."""


class NotAllowed(Refused):
    """The operator's role, or read-only mode, does not allow it."""


class HeldByFilter(UmstuiError):
    """The filter holds the run and nobody has approved it."""

    exit_code = 3


class CalendarRefused(UmstuiError):
    """A window or an exception that cannot be meant like this."""

    exit_code = 2
