"""The first start: a few questions, an umstui.toml, and a plan that writes nothing outside.

Questions and answers, a line each, rather than a screen: it happens once, before anything is known,
and a screen reader can follow it.
"""

from __future__ import annotations

import dataclasses
import difflib
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sync.errors import SettingsError, UmstuiError
from sync.model import CheckLine
from umstui.output import say

if TYPE_CHECKING:
    from sync.runs import Installation
    from umstui.cli.parameters import Common

_URL = "mssql+pyodbc://umstui@dbserver/UMS?driver=ODBC+Driver+18+for+SQL+Server"
_LIMITS = (
    (("person",), "persons", 5),
    (("group", "course"), "rooms and groups", 10),
    (("membership",), "memberships", 20),
)


@dataclasses.dataclass
class _Answers:
    url: str = ""
    tables: dict[str, str] = dataclasses.field(default_factory=dict)
    columns: dict[str, str] = dataclasses.field(default_factory=dict)
    limits: dict[str, int] = dataclasses.field(default_factory=dict)
    approvers: list[str] = dataclasses.field(default_factory=list)

    def toml(self) -> str:
        """The file: what was answered; everything else is the default."""
        lines = [
            "# Written by the first start of umstui. What it can say: docs/configuration.md.",
            "",
        ]
        lines += ["[ums]", f"url = {_text(self.url)}"]
        for section, names in (("tables", self.tables), ("columns", self.columns)):
            if names:
                lines += ["", f"[ums.{section}]"]
                lines += [f"{_text(name)} = {_text(there)}" for name, there in names.items()]
        for kind, percent in self.limits.items():
            lines += ["", f"[filter.{kind}]", f"delete = {{ percent = {percent} }}"]
        if self.approvers:
            named = ", ".join(map(_text, self.approvers))
            lines += ["", "[operators]", f"approvers = [{named}]"]
        return "\n".join(lines) + "\n"


def _text(words: str) -> str:
    return json.dumps(words, ensure_ascii=False)


def wanted(common: Common) -> bool:
    """Whether there is no umstui.toml anywhere, and none was named."""
    from umstui import config

    if common.config is not None:
        return False
    looked = config.places(None)
    return len(looked) > 1 and not any(path.is_file() for path in looked)


def set_up(common: Common) -> bool:
    """Ask, write umstui.toml into the current folder, and make a plan; True where the console is
    to be opened then. Nothing is kept where the person leaves with ctrl-c before the end."""
    path = Path("umstui.toml").absolute()
    say(f"There is no umstui.toml yet. These questions lead to one: {path}")
    say("Nothing is written to UMS or itslearning. ctrl-c leaves, and keeps nothing.")
    if not click.confirm(
        "Go on? (`umstui demo` tries everything on a made-up school)", default=True
    ):
        return False
    answers = _Answers()
    _database(common, answers, path)
    _mapping(common, answers, path)
    _site(common, answers, path)
    _limits(answers)
    _write(path, answers)
    return _plan(common)


def _installation(common: Common, answers: _Answers, path: Path) -> Installation:
    import tomllib

    from sync.runs import Installation
    from umstui import config
    from umstui.session import local_now, operator

    settings = config.decode(tomllib.loads(answers.toml()), name=path.name, folder=path.parent)
    return Installation(settings, operator(), local_now, common.read_only)


def _database(common: Common, answers: _Answers, path: Path) -> None:
    from sync import runs

    say("")
    say(
        "1 of 4, the UMS database, as a SQLAlchemy URL. An account that may read is enough to plan."
    )
    say(f"For example {_URL}", indent=2, hang=2)
    while True:
        answers.url = click.prompt("Database").strip()
        try:
            runs.missing_names(_installation(common, answers, path))  # which of them: step 2
        except UmstuiError as error:
            say(f"error    {error}", hang=9)
            continue
        say("ok       it answers", hang=9)
        return


def _mapping(common: Common, answers: _Answers, path: Path) -> None:
    from sync import runs

    say("")
    say("2 of 4, the names in the database.")
    asked: set[tuple[str, str]] = set()
    while True:
        installation = _installation(common, answers, path)
        open_names = [
            one for one in runs.missing_names(installation)
            if one.required and (one.table, one.column) not in asked
        ]  # fmt: skip
        if not open_names:
            break
        one = open_names[0]
        asked.add((one.table, one.column))
        say(f"error    {one}", hang=9)
        what = f"column {one.column} of {one.table}" if one.column else f"table {one.table}"
        offer = ""
        if one.column:
            there = runs.columns_there(installation, one.table)
            offer = next(iter(difflib.get_close_matches(one.column, there, 1, 0.5)), "")
        name = click.prompt(f"Its name here, of {what} (empty: none)", default=offer).strip()
        if name and one.column:
            answers.columns[f"{one.table}.{one.column}"] = name
        elif name:
            answers.tables[one.table] = name
            asked = {known for known in asked if known[0] != one.table}
    left = runs.missing_names(_installation(common, answers, path))
    for one in left:
        say(f"{'error' if one.required else 'warning':<8} {one}", hang=9)
    if any(one.required for one in left):
        raise SettingsError(
            "Without these names no plan can be made. Ask whoever runs UMS what they are called, "
            "and start umstui again."
        )
    say("ok       everything that is needed is there", hang=9)


def _site(common: Common, answers: _Answers, path: Path) -> None:
    from sync import runs

    say("")
    say("3 of 4, itslearning.")
    installation = _installation(common, answers, path)
    for organization in runs.organizations(installation):
        say(f"Organization {organization.id}, {organization.description}: {organization.url}")
        if not runs.has_password(installation, organization):
            _password(installation, organization.id, organization.username)
        line = runs.reach_site(installation, organization)
        _say(line)
        if line.level == "error":
            say("It can be mended later; `umstui check` tries again.", indent=9, hang=9)


def _password(installation: Installation, org: int, user: str) -> None:
    from sync import runs

    secret = click.prompt(
        f"Password of {user} (typed unseen, kept in the keyring; empty: later)",
        default="", hide_input=True, show_default=False,
    )  # fmt: skip
    if not secret:
        return
    try:
        runs.store_secret(installation, org, "password", secret)
    except UmstuiError as error:
        say(f"error    {error}", hang=9)


def _say(line: CheckLine) -> None:
    say(f"{line.level:<8} {line.subject}: {line.message}", hang=9)


def _limits(answers: _Answers) -> None:
    say("")
    say("4 of 4, the filter: how much one run may delete before somebody has to look at it.")
    for kinds, words, default in _LIMITS:
        percent = click.prompt(
            f"Percent of the {words}", default=default, type=click.IntRange(0, 100)
        )
        answers.limits |= dict.fromkeys(kinds, percent)
    named = click.prompt(
        "Who may approve and apply? Operating-system names with commas (empty: everyone)",
        default="", show_default=False,
    )  # fmt: skip
    answers.approvers = [name.strip() for name in named.split(",") if name.strip()]


def _write(path: Path, answers: _Answers) -> None:
    import os

    try:
        # The URL may hold a password of the database, so nobody else reads the file.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(answers.toml())
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}.") from error
    say("")
    say(f"Written: {path}")


def _plan(common: Common) -> bool:
    from sync import runs
    from umstui.progress import ProgressLine

    if not click.confirm("Make a plan now? It writes nothing to UMS or itslearning", default=True):
        return False
    installation = common.installation()
    org = common.org or runs.organizations(installation)[0].id
    with ProgressLine(quiet=common.quiet) as progress:
        report = runs.plan(installation, org, progress=progress)
    common.write(report)
    return click.confirm("Open the console on it?", default=True)
