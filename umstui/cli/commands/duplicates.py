"""`umstui duplicates`: persons with two accounts, found, resolved, remembered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sync.findings import FindingClass
from umstui.cli.choosing import any_of
from umstui.cli.parameters import NUMBER, REASON, Common, Group, pass_common
from umstui.output import remark, say, write_json
from umstui.progress import ProgressLine

if TYPE_CHECKING:
    import datetime as dt

    from sync.findings import Finding, Search

_OFFLINE = click.option(
    "--offline", is_flag=True, help="Do not ask itslearning; use the last reading of it."
)


@click.group(cls=Group)
def duplicates() -> None:
    """Persons who have two accounts at itslearning, or soon would. Nothing is ever merged."""


@duplicates.command("list")
@_OFFLINE
@any_of("--class", "classes", "CLASS", [cls.value for cls in FindingClass], "class")
@pass_common
def list_(common: Common, *, offline: bool, classes: tuple[str, ...]) -> None:
    """Search for duplicates; those the next run would make come first.

    Without an answer from itslearning its last reading serves; the age of it is said.
    """
    from sync import runs

    with ProgressLine(quiet=common.quiet) as progress:
        installation = common.installation()
        search = runs.find_duplicates(installation, common.org, live=not offline, progress=progress)
    if classes:
        shown = tuple(finding for finding in search.findings if finding.cls in classes)
        search = replace(search, findings=shown)
    if common.json:
        write_json({"findings": [_object(finding) for finding in search.findings]})
        for words in search.remarks:
            remark(words, quiet=common.quiet)
    else:
        _write_search(search, installation.clock())


@duplicates.command()
@click.argument("number", metavar="ID", type=NUMBER)
@pass_common
def show(common: Common, *, number: int) -> None:
    """One duplicate in full: both accounts side by side, the evidence, what to do."""
    from sync import runs

    finding = runs.duplicate(common.installation(read_only=True), number, common.org)
    if common.json:
        write_json(_whole(finding))
    else:
        _write_finding(finding)


@duplicates.command()
@click.argument("number", metavar="ID", type=NUMBER)
@click.option("--keep", metavar="KEY", default="",
              help="The account to keep: its key, or its user name where it has none. "
                   "Without it the suggested one.")  # fmt: skip
@pass_common
def resolve(common: Common, *, number: int, keep: str) -> None:
    """Store the run that gives the key to the account to keep.

    It sends nothing: look at the run and apply it like any other.
    """
    from sync import runs

    with ProgressLine(quiet=common.quiet) as progress:
        done = runs.resolve(common.installation(), number, common.org, keep=keep, progress=progress)
    if common.json:
        write_json({"id": number, "keep": done.keep, "run": done.run or None,
                    "next": list(done.next)})  # fmt: skip
        return
    say(f"Duplicate {number}: {done.keep} is kept.")
    for step in done.next:
        say(step, indent=2, hang=2)


@duplicates.command()
@click.argument("number", metavar="ID", type=NUMBER)
@click.option("--reason", type=REASON, required=True, help="Why; kept for good, with your name.")
@pass_common
def dismiss(common: Common, *, number: int, reason: str) -> None:
    """Say that they are different people: they are never listed again."""
    from sync import runs

    finding = runs.dismiss(common.installation(), number, common.org, reason=reason)
    if common.json:
        write_json(_whole(finding))
    else:
        say(f"Duplicate {number}: different people. It is not listed any more.")


@duplicates.command()
@click.argument("number", metavar="ID", type=NUMBER)
@click.option("--reason", type=REASON, required=True, help="What is waited for.")
@pass_common
def later(common: Common, *, number: int, reason: str) -> None:
    """Put one off; it stays in the list with your name and words."""
    from sync import runs

    finding = runs.put_off(common.installation(), number, common.org, reason=reason)
    if common.json:
        write_json(_whole(finding))
    else:
        say(f"Duplicate {number}: later.")


@duplicates.command()
@click.argument("numbers", metavar="[ID]...", type=NUMBER, nargs=-1)
@click.option("-o", "--output", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path),
              help="Write it to this file, which must not be there yet.")  # fmt: skip
@pass_common
def pack(common: Common, *, numbers: tuple[int, ...], output: Path | None) -> None:
    """What itslearning's support asks for, as a text to send them; all findings without ID.

    Holds names, user names and sync keys; no id number, birth date, address or phone.
    """
    from sync import runs

    text = runs.support_pack(common.installation(read_only=True), numbers, common.org)
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        with output.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise click.UsageError(f"{output} is there already; name another file.") from None
    except OSError as error:
        raise click.UsageError(f"{output} cannot be written: {error.strerror}.") from None
    if common.json:
        write_json({"file": str(output)})
    else:
        say(f"Written to {output}.")


def _object(finding: Finding) -> dict[str, Any]:
    """A finding as cli.md has it."""
    return {
        "id": finding.id,
        "class": finding.cls.value,
        "strength": finding.strength.value,
        "accounts": [
            {"key": account.key, "username": account.user_name, "name": account.name}
            for account in finding.accounts
        ],
        "keep": finding.keep,
        "because": list(finding.because),
    }


def _whole(finding: Finding) -> dict[str, Any]:
    """A single finding with all there is to know."""
    decided = finding.decided
    return {
        **_object(finding),
        "compared": [
            {"field": line.field, "values": [line.left, line.right], "mark": line.mark}
            for line in finding.comparison
        ],
        "prevents": finding.prevents,
        "advice": list(finding.advice),
        "decided": None
        if decided is None
        else {
            "answer": decided.answer,
            "operator": decided.operator,
            "at": decided.decided_at.isoformat(timespec="seconds"),
            "reason": decided.reason,
        },
    }


def _write_search(search: Search, now: dt.datetime) -> None:
    from sync.findings import MEANINGS

    number = len(search.findings)
    preventable = sum(finding.prevents for finding in search.findings)
    words = f"{number} duplicate{'s' if number != 1 else ''} among {search.accounts} accounts"
    if preventable:
        when = " before the next run"
        if search.next_run is not None:
            when = f" before {search.next_run:%a %d %b %H:%M}, in {search.time_left(now)}"
        words += f", {preventable} of them preventable{when}"
    say(words + ".")
    for finding in search.findings:
        _write_line(finding)
    if search.dismissed:
        say(f"{search.dismissed} more were confirmed to be different people.")
    if search.findings:
        say("Strengths:")
        for strength in dict.fromkeys(finding.strength for finding in search.findings):
            say(f"{strength.value}: {MEANINGS[strength]}", indent=2, hang=2)
        say("See one with `umstui duplicates show ID`; decide with `resolve ID --keep KEY`, "
            "`dismiss ID --reason ...` or `later ID --reason ...`.")  # fmt: skip
    for words in search.remarks:
        remark(words)


def _write_line(finding: Finding) -> None:
    accounts = " | ".join(
        f"{account.name} ({account.key or account.user_name + ', no key'})"
        for account in finding.accounts
    )
    mark = "!" if finding.prevents else " "
    decided = f" [{finding.decided.answer}: {finding.decided.reason}]" if finding.decided else ""
    say(f"{finding.id:>4} {mark} {finding.strength.value:<8}{finding.cls.value:<17}{accounts}"
        f"{decided}", hang=8)  # fmt: skip
    say("; ".join(finding.because), indent=8)


def _write_finding(finding: Finding) -> None:
    from screens.cells import fit, visible, width  # it brings rich, which no help needs

    prevented = ", can still be prevented" if finding.prevents else ""
    say(f"Duplicate {finding.id}: {finding.cls.value}, {finding.strength.value}{prevented}")
    if finding.comparison:
        cells = max(width(visible(line.left)) for line in finding.comparison)
        for line in finding.comparison:
            say(f"{line.mark or ' '} {line.field:<11} {fit(line.left, cells)}   {line.right}")
    else:
        _write_line(finding)
    if finding.keep:
        say(f"Suggested: keep {finding.keep}")
    say("Because: " + "; ".join(finding.because), hang=2)
    for words in finding.advice:
        say(words, indent=2, hang=2)
    if finding.decided:
        said = finding.decided
        say(f"Decided: {said.answer} by {said.operator}, {said.decided_at:%Y-%m-%d}: {said.reason}")
