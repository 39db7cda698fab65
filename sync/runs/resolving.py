"""Resolving a duplicate: the run that gives the key UMS wants to the account to keep."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence, Set
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import chain, count
from typing import Any

import duckdb
import msgspec

from sync import comparison
from sync.errors import NotFound, Refused
from sync.findings import Account, Finding, FindingClass, Resolution
from sync.model import ProgressListener, ignore_progress
from sync.runs.duplicates import Looked, searching
from sync.runs.guarding import guard_plan
from sync.runs.installation import Installation
from sync.runs.storing import Plan, nothing_held, store_plan
from sync.state import audit
from sync.state.findings import KEEP, FindingWriter, stored_identity
from sync.state.runs import StateWriter

PARKED = "parked-"
"""What the key and the user name of an account begin with that had to give its key away."""

_LONGEST = 64  # of a key (rules.md 1)
_BY_HAND = frozenset(
    {FindingClass.KEY_IN_TRASH, FindingClass.SOURCE_DUPLICATE, FindingClass.ADMIN_WITH_KEY}
)
_PERSON = (
    "user_name", "first_name", "last_name", "role", "email", "phone", "mobile", "street",
    "postcode", "city",
)  # fmt: skip


def resolve(
    installation: Installation,
    number: int,
    org: int | None = None,
    *,
    keep: str = "",
    progress: ProgressListener = ignore_progress,
) -> Resolution:
    """Store the run that leaves one account with the key UMS wants, and remember who decided it.

    ``keep`` is the key of the account to keep, its user name where it has none, else the suggested
    one. Nothing is sent before that run is carried out, like any other: it is previewed, filtered
    and journalled. Raises NotFound for a finding or an account that is not there, Refused where no
    run can resolve it; then the text says what to do by hand.
    """
    installation.require("approver", "scheduler", to="resolve duplicates")
    recorder = installation.recorder()
    with ExitStack() as opened:
        looked = opened.enter_context(searching(installation, org, live=False, progress=progress))
        writer = FindingWriter(installation.state, looked.org, installation.operator)
        asked = writer.finding(number)
        finding = _among(looked, asked)
        if finding is None:  # perhaps it rests on birth dates at itslearning, which are never kept
            opened.close()
            looked = opened.enter_context(
                searching(installation, org, live=True, progress=progress)
            )
            finding = _among(looked, asked)
        if finding is None:
            raise Refused(
                "That duplicate is not there any more: UMS or itslearning has changed since it was "
                "found. Search again with `umstui duplicates list`; nothing was stored."
            )
        kept, wanted, other = _sides(finding, keep or finding.keep)
        name = kept.key or kept.user_name
        parked = _Parked.of(looked.workspace, wanted)
        changes = _changes(looked.workspace, kept, wanted, parked)
        run = ""
        if changes:
            _store_changes(looked.workspace, changes, f"resolves duplicate {number}: keep {name}")
            run = _store_run(installation, recorder, looked, number)
        reason = f"keep {name}" + (f", run {run}" if run else ", nothing to send")
        writer.decide(
            asked, KEEP, reason=reason, now=installation.clock(), keep=name,
            run=int(run) if run else None,
        )  # fmt: skip
        if changes and wanted.place == "itslearning":
            # The account whose key is parked stays beside the other one until a person deletes it;
            # that is the same answer, not a new question.
            writer.decide(
                replace(finding, identity=parked.beside(wanted)), KEEP, reason=reason,
                now=installation.clock(), keep=wanted.key, run=int(run),
            )  # fmt: skip
        audit.record(
            installation.state, installation.operator, installation.clock(), "resolve duplicate",
            run=int(run) if run else None, count=1, reason=f"duplicate {number}: {reason}",
        )  # fmt: skip
        decided = writer.decided([finding])[0]
    return Resolution(decided, name, run, tuple(_next(run, changes, kept, wanted, other, parked)))


def _store_run(
    installation: Installation, recorder: StateWriter, looked: Looked, number: int
) -> str:
    """Guard and store the changes of the workspace as the run that resolves a duplicate; gives its
    number."""
    guarded = guard_plan(
        installation, recorder, looked.org, looked.workspace, installation.today, looked.reading,
        first=nothing_held(looked.workspace),
    )  # fmt: skip
    plan = Plan(
        org=looked.org,
        day=installation.today,
        base=looked.base,
        guarded=replace(guarded, reading={**guarded.reading, "resolves": number}),
        source_digest=looked.reading.digest,
        settings_digest=looked.reading.settings_digest,
    )
    return store_plan(installation, recorder, looked.workspace, plan).summary.run


def _among(looked: Looked, asked: Finding) -> Finding | None:
    """The finding as it is now; None where it is no more."""
    identity = stored_identity(asked)
    return next((one for one in looked.findings if stored_identity(one) == identity), None)


def _sides(finding: Finding, keep: str) -> tuple[Account, Account, Account]:
    """The account to keep, the one whose key UMS wants, and the one that is not kept.

    Where UMS wants both or neither, or where one lies in the trash, no run can resolve it.
    """
    if finding.cls in _BY_HAND:
        raise Refused("No run can resolve this: " + " ".join(finding.advice))
    if not keep:
        raise Refused(
            "Say with --keep which account to keep: its key, or its user name where it has none. "
            + " ".join(finding.advice)
        )
    other, wanted = finding.accounts
    if wanted.identity not in finding.wanted:
        raise Refused(
            "UMS wants neither of the two accounts, so no key can be given: delete the one that is "
            "not in use by hand in itslearning."
        )
    if other.identity in finding.wanted:
        raise Refused(
            "UMS wants both accounts, so each keeps its key: change the user name of one of them "
            "in UMS or in itslearning. Nothing was stored."
        )
    named = [
        account
        for account in finding.accounts
        if keep.casefold() in {account.key.casefold(), account.user_name.casefold()} - {""}
    ]
    # Two keys may differ in capitals alone: then the one that is spelled so is meant.
    exact = (
        [account for account in named if keep == account.key]
        or [account for account in named if keep.casefold() == account.key.casefold()]
        or named
    )
    if not exact:
        names = " or ".join(account.key or account.user_name for account in finding.accounts)
        raise NotFound(f"--keep {keep}: none of the two accounts is called that; say {names}.")
    kept = exact[0]
    if wanted.place == "ums" or (kept is wanted and len(exact) > 1):
        kept = other  # what is not made yet cannot be kept; it stands for its key
    return kept, wanted, wanted if kept is other else other


@dataclass(frozen=True, slots=True)
class _Row:
    """A change to be: where it stands in its stage, what is sent and what is remembered."""

    op: str
    kind: str
    key: str
    label: str
    depth: int
    before: Mapping[str, str | None] | None
    after: Mapping[str, str | None] | None
    memory: Mapping[str, str | None] | None
    person_key: str
    group_key: str | None = None


@dataclass(frozen=True, slots=True)
class _Parked:
    """The key and the user name of an account that has to give its own away."""

    key: str
    user_name: str

    @classmethod
    def of(cls, workspace: duckdb.DuckDBPyConnection, wanted: Account) -> _Parked:
        """Such that are nobody's: an earlier answer may have parked the other account."""
        found = workspace.execute(
            "SELECT lower(unnest([key, user_name])) FROM live_person UNION "
            "SELECT lower(unnest([key, user_name])) FROM held_person"
        ).fetchall()
        taken = {name for (name,) in found if name and name.startswith(PARKED)}
        return cls(_free(wanted.key, taken), _free(wanted.user_name, taken))

    def beside(self, wanted: Account) -> str:
        """The identity of the finding that is left once the run has been carried out."""
        return " + ".join(sorted([f"k:{wanted.key.lower()}", f"k:{self.key.lower()}"]))


def _free(name: str, taken: Set[str]) -> str:
    """The first parked name that nobody has; long ones are told apart by a hash."""
    hashes = (hashlib.sha256(f"{name}{n or ''}".encode()).hexdigest()[:8] for n in count())
    short = [PARKED + name] if len(PARKED + name) <= _LONGEST else []
    names = chain(short, (f"{PARKED}{name[:40]}-{hashed}" for hashed in hashes))
    return next(found for found in names if found.lower() not in taken)


def _changes(
    workspace: duckdb.DuckDBPyConnection, kept: Account, wanted: Account, parked: _Parked
) -> list[_Row]:
    """Park the key where another account has it, give it to the kept one; none where it has it.

    Memberships of changed keys go along with the old ones: their own keys are made of the person's
    (rules.md 21), and itslearning takes no second one. The next run makes them anew.
    """
    if kept is wanted:
        return []
    wanted_row = _person(workspace, "wanted_person", wanted.key)
    rows: list[_Row] = []
    if wanted.place == "itslearning":
        before = _known(workspace, wanted)
        rows.append(
            _Row(
                "rekey", "person", parked.key, wanted.name, 0,
                {"key": wanted.key, **before},
                {"key": parked.key, **before, "user_name": parked.user_name},
                {"parked": "true"}, parked.key,
            )
        )  # fmt: skip
        rows += _memberships(workspace, wanted.key, parked.key)
    before = _known(workspace, kept)
    after = {
        name: wanted_row[name] if wanted_row[name] is not None else before[name] for name in _PERSON
    }
    memory = {
        "administrative_id": wanted_row["administrative_id"], "school": wanted_row["school"],
        "live_key": kept.key or None,
    }  # fmt: skip
    by_hand = not kept.key or kept.key.casefold().startswith("itsla-")
    if by_hand:
        rows.append(
            _Row("adopt", "person", wanted.key, wanted.name, 1, before, after, memory, wanted.key)
        )
    else:
        rows.append(
            _Row(
                "rekey", "person", wanted.key, wanted.name, 1, {"key": kept.key, **before},
                {"key": wanted.key, **after}, memory, wanted.key,
            )
        )  # fmt: skip
        rows += _memberships(workspace, kept.key, wanted.key)
    return rows


def _known(workspace: duckdb.DuckDBPyConnection, account: Account) -> dict[str, str | None]:
    """What is known of an account at the site: as it was read, else as it was last sent."""
    for table in ("live_person", "held_person"):
        found = workspace.execute(
            f"SELECT {', '.join(_PERSON)} FROM {table} WHERE lower(key) = lower($key) "
            "OR ($key = '' AND lower(user_name) = lower($name)) ORDER BY key = $key DESC",
            {"key": account.key, "name": account.user_name},
        ).fetchall()
        if found:
            return dict(zip(_PERSON, found[0], strict=True))
    first, _, last = account.name.rpartition(" ")
    return dict.fromkeys(_PERSON) | {
        "user_name": account.user_name, "first_name": first, "last_name": last,
        "role": account.role,
    }  # fmt: skip


def _person(workspace: duckdb.DuckDBPyConnection, table: str, key: str) -> dict[str, str | None]:
    names = (*_PERSON, "administrative_id", "school")
    row = workspace.execute(f"SELECT {', '.join(names)} FROM {table} WHERE key = ?", [key])
    return dict(zip(names, row.fetchall()[0], strict=True))


def _memberships(workspace: duckdb.DuckDBPyConnection, key: str, new_key: str) -> list[_Row]:
    """Memberships leave under the key they were made with, of a person who has another by then."""
    rows = workspace.execute(
        """SELECT m.group_key, m.role, coalesce(g.title, m.group_key) FROM held_membership m
           LEFT JOIN held_group g ON g.key = m.group_key WHERE m.person_key = ? ORDER BY 1""",
        [key],
    ).fetchall()
    return [
        _Row(
            "delete", "membership", f"{key}@{group}", f"{key} in {title}", 0,
            {"person": key, "group": group, "role": role}, None, None, new_key, group,
        )
        for group, role, title in rows
    ]  # fmt: skip


def _store_changes(workspace: duckdb.DuckDBPyConnection, rows: Sequence[_Row], reason: str) -> None:
    school = workspace.execute(
        "SELECT coalesce(min(school), '') FROM wanted_person WHERE key = ?", [rows[-1].person_key]
    ).fetchall()[0][0]
    workspace.execute("DELETE FROM change")
    workspace.executemany(
        """INSERT INTO change (seq, stage, depth, kind, op, key, label, school, person_key,
             group_key, before, after, memory, reason)
           VALUES (0, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        [
            (
                row.depth, row.kind, row.op, row.key, row.label, school, row.person_key,
                row.group_key, _json(row.before), _json(row.after), _json(row.memory), reason,
            )
            for row in rows
        ],
    )  # fmt: skip
    comparison.put_in_order(workspace)


def _json(value: Mapping[str, Any] | None) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()


def _next(
    run: str,
    changes: Sequence[_Row],
    kept: Account,
    wanted: Account,
    other: Account,
    parked: _Parked,
) -> list[str]:
    steps = []
    if run:
        deletes = sum(row.op == "delete" for row in changes)
        confirm = f' --confirm "delete {deletes}"' if deletes else ""
        steps.append(f"Look at run {run} and carry it out: umstui apply {run}{confirm}")
        if deletes:
            steps.append(
                "The deletes are memberships that go with the old key; the next run makes them."
            )
        steps.append("Then plan again: that run puts the account into its rooms.")
    if kept is wanted:
        steps.append(f"{kept.key} has the key already; nothing is to be sent.")
    if other.place == "itslearning":
        name = other.user_name if kept is wanted else parked.user_name
        steps.append(
            f"In itslearning, move what is to be moved from {name} by hand, then delete it."
        )
    return steps
