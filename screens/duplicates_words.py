"""What the duplicates screen says of a finding, as parts of lines. Facts in, words out."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence

from screens.cells import fit
from screens.widgets.lines import Lines, Part
from screens.wording import age, moment, number, plural
from sync.findings import MEANINGS, Account, Finding, FindingClass, Search, Strength

_TONES = {"=": "good", "~": "update", "!": "attention"}


def name_of(finding: Finding) -> str:
    """Family name first, as lists of people are read."""
    account = finding.accounts[-1]
    given, _, family = account.name.rpartition(" ")
    return f"{family}, {given}" if given else account.name


def school_of(finding: Finding) -> str:
    """The school of whichever account has one."""
    return next((account.school for account in finding.accounts if account.school), "")


def decided_word(finding: Finding) -> str:
    """``-``, ``later``, ``keep``: what somebody has said."""
    if finding.decided is None:
        return "-"
    run = f" run {finding.decided.run}" if finding.decided.run else ""
    return f"{finding.decided.answer}{run}"


def summary_line(search: Search, now: dt.datetime) -> tuple[Part, ...]:
    """How many, how many can still be prevented, until when, how old the reading is; how sure they
    are comes last, because the list says it too and a narrow screen cuts the line."""
    found = search.findings
    preventable = sum(finding.prevents for finding in found)
    parts: list[Part] = [(f" {plural(len(found), 'finding')}", "strong")]
    if preventable:
        left = search.time_left(now)
        when = f", {left} left" if left else " before the next run"
        parts.append((f", {number(preventable)} preventable{when}", "attention"))
    if search.read_at is not None:
        parts.append((f"  itslearning read {age(search.read_at, now)}", "quiet"))
    else:
        parts.append(("  itslearning was never read; L reads it", "attention"))
    if search.dismissed:
        parts.append((f"  {number(search.dismissed)} are different people", "quiet"))
    strengths = Counter(finding.strength for finding in found)
    parts += [
        (f"  {strength} {number(strengths[strength])}", "")
        for strength in Strength
        if strengths[strength]
    ]
    return tuple(parts)


def class_line(findings: Sequence[Finding], chosen: str, cells: int) -> tuple[Part, ...]:
    """The classes there are, with numbers; brackets show what is chosen. Where ``cells`` are too
    few for all, the first ones are left out until the chosen one is on screen."""
    numbers = Counter(finding.cls for finding in findings)
    items = [("", "all", len(findings)), *((cls, cls, numbers[cls]) for cls in FindingClass)]
    shown = [
        (f"[{words} {number(count)}]", "strong")
        if value == chosen
        else (f" {words} {number(count)} ", "")
        for value, words, count in items
        if count or not value
    ]
    start = " class "
    last = next(place for place, (_, style) in enumerate(shown) if style)
    first = 0
    while first < last and len(start) + sum(len(x) for x, _ in shown[first : last + 1]) >= cells:
        first, start = first + 1, " class … "
    return ((start, "quiet"), *shown[first:])


def classes_of(findings: Sequence[Finding]) -> list[str]:
    """The classes that ``,`` and ``.`` step through; empty stands for all."""
    there = {finding.cls for finding in findings}
    return ["", *(cls for cls in FindingClass if cls in there)]


def detail_lines(finding: Finding, cells: int) -> Lines:
    """Both accounts side by side, with the marks of a diff."""
    lines: list[tuple[Part, ...]] = []
    half = max(16, (cells - 16) // 2)
    if len(finding.accounts) == 2:
        left, right = finding.accounts
        lines.append(
            (
                ("               ", ""),
                (fit(f"A {_where(left)}", half - 1) + " ", "strong"),
                (fit(f"B {_where(right)}", half), "strong"),
            )
        )
        for line in finding.comparison:
            if line.field == "where":
                continue
            lines.append(
                (
                    (f" {line.mark or ' '} ", _TONES.get(line.mark, "")),
                    (fit(line.field, 12), "quiet"),
                    (fit(line.left, half - 1) + " ", ""),
                    (fit(line.right, half), ""),
                )
            )
    else:
        account = finding.accounts[0]
        lines.append(((f"   {account.name}  {account.key}  {account.role}", "strong"),))
    return tuple(lines)


def detail_facts(finding: Finding) -> tuple[tuple[str, tuple[Part, ...]], ...]:
    """The suggestion, why, how sure, what to do, and what was decided: always in this order."""
    facts: list[tuple[str, tuple[Part, ...]]] = []
    if finding.keep:
        facts.append(("suggest", ((f"keep {finding.keep}", "strong"),)))
    facts.append(("because", (("; ".join(finding.because), ""),)))
    facts.append(("sure", ((f"{finding.strength}: {MEANINGS[finding.strength]}", ""),)))
    facts += [
        ("do" if not place else "", ((sentence, ""),))
        for place, sentence in enumerate(finding.advice)
    ]
    if finding.decided is not None:
        said = finding.decided
        decided = f"{said.answer}, {said.operator}, {moment(said.decided_at)}: {said.reason}"
        facts.append(("decided", ((decided, "strong"),)))
    return tuple(facts)


def _where(account: Account) -> str:
    match account.place:
        case "ums":
            return "from UMS, next run"
        case "trash":
            return "in the trash"
        case "source":
            return "in UMS"
    by_hand = not account.key or account.key.casefold().startswith("itsla-")
    return "made by hand" if by_hand else "has a key"
