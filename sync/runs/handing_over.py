"""The hand-over pack: what itslearning's support asks for where two accounts are one person's."""

from __future__ import annotations

from collections.abc import Sequence

from sync.findings import Account, Finding
from sync.runs.duplicates import last_search
from sync.runs.installation import Installation, choose_organization, organizations
from sync.state.findings import FindingReader


def support_pack(
    installation: Installation, numbers: Sequence[int] = (), org: int | None = None
) -> str:
    """Findings as a text for itslearning's support; all of the last search without ``numbers``.

    Names, user names and sync keys; nothing that the administrative system protects: no id number,
    birth date, address, phone or mail. Raises NotFound for a number that is not there.
    """
    organization = choose_organization(organizations(installation), org)
    reader = FindingReader(installation.state, organization.id)
    if numbers:
        findings = reader.decided([reader.finding(number) for number in numbers])
    else:
        search = last_search(installation, organization.id)
        findings = list(search.findings) if search is not None else []
    now = installation.clock()
    lines = [
        "Duplicate users: request to itslearning support",
        "",
        f"Site:        {organization.description} ({organization.url})",
        f"From:        {installation.operator.name}, {now:%Y-%m-%d %H:%M}",
        f"Cases:       {len(findings)}",
        "Wanted:      one account a person, with the sync key that our administration uses.",
        "             Please say for each case which account holds work and was used last, and",
        "             merge or move what belongs to the person before the other one is deleted.",
    ]
    for number, finding in enumerate(findings, start=1):
        lines += ["", f"Case {number} of {len(findings)} (our number {finding.id})"]
        lines += _case(finding)
    return "\n".join(lines) + "\n"


def _case(finding: Finding) -> list[str]:
    lines = [_account("AB"[place], account) for place, account in enumerate(finding.accounts)]
    lines.append(f"  Why:       {'; '.join(finding.because)}")
    decided = finding.decided
    if decided is not None and decided.keep:
        lines.append(f"  Keep:      {decided.keep}, decided by {decided.operator}")
    elif finding.keep:
        lines.append(f"  Keep:      {finding.keep} (suggested, not decided)")
    else:
        lines.append("  Keep:      not decided")
    return lines


def _account(letter: str, account: Account) -> str:
    where = {
        "itslearning": "at itslearning",
        "ums": "not made yet",
        "trash": "in the trash",
        "source": "in UMS",
    }[account.place]
    parts = [
        account.name or "(no name)",
        f"user name {account.user_name or '(unknown)'}",
        f"sync key {account.key or '(none)'}",
        account.role,
        account.school,
        where,
    ]
    return f"  Account {letter}: {', '.join(part for part in parts if part)}"
