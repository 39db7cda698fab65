"""Accounts that are made, and looked for, in the tests of duplicates."""

from __future__ import annotations

from sync import runs
from sync.findings import Finding, FindingClass, Search
from sync.model import RunState
from tests.runs.synced_school import School
from umstui.testsite import seed


def by_hand(school: School, user_name: str, first: str, last: str, **more: str) -> None:
    with seed(school.folder / "site", "u") as seeding:
        seeding.person(user_name, first, last, **more)


def add_pupil(school: School, like: str, user_name: str, first: str, last: str, mail: str) -> None:
    """A pupil who begins in the class of another one."""
    columns = [str(row[1]) for row in school.rows("PRAGMA table_info(Students)")]
    new = {
        "StudieNr": user_name, "Fornavne": first, "Efternavn": last, "WorkMail": mail,
        "UniLogin": "", "SLI_ID": "", "UMS_IDFromAdministrativeSystem": f"id-{user_name}",
        "BirthDay": "", "CPR": "", "SecretAddress": 0,
    }  # fmt: skip
    values = ", ".join("?" if column in new else f'"{column}"' for column in columns)
    school.sql(
        f"INSERT INTO Students SELECT {values} FROM Students WHERE StudieNr = ?",
        *(new[column] for column in columns if column in new), like,
    )  # fmt: skip


def pupil(school: School) -> str:
    """A pupil whose name is no secret."""
    hidden = {
        str(row[0]) for row in school.rows("SELECT StudieNr FROM Students WHERE SecretAddress")
    }
    return next(key for key in school.pupils(20) if key not in hidden)


def one(search: Search, cls: FindingClass) -> Finding:
    found = [finding for finding in search.findings if finding.cls is cls]
    assert len(found) == 1, [(f.cls, f.because) for f in search.findings]
    return found[0]


def carried_out(school: School, run: str) -> None:
    installation = school.installation()
    report = runs.report(installation, run)
    done = runs.apply(installation, run, confirm=runs.confirmation(report))
    assert done.summary.state is RunState.APPLIED, done.summary


def planned(school: School) -> dict[str, dict[str, int]]:
    report = runs.plan(school.installation())
    found = {
        kind: {op: n for op, n in operations.items() if n}
        for kind, operations in report.summary.counts.items()
    }
    carried_out(school, report.summary.run) if any(found.values()) else None
    return {kind: operations for kind, operations in found.items() if operations}
