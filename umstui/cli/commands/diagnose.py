"""`umstui diagnose`: the answer to a support question, in a sentence, with what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from umstui.cli.parameters import KEY, Common, Group, pass_common
from umstui.output import say, write_json

if TYPE_CHECKING:
    from sync.findings import Diagnosis

_OFFLINE = click.option(
    "--offline", is_flag=True, help="Do not ask itslearning; answer from the last run."
)


@click.group(cls=Group)
def diagnose() -> None:
    """Where a person or a room is, why, and what to do. Changes nothing, asks nothing that writes.

    Answers from the last run where UMS or itslearning is away.
    """


@diagnose.command()
@click.argument("key", type=KEY)
@_OFFLINE
@pass_common
def person(common: Common, *, key: str, offline: bool) -> None:
    """One person by key: UMS, the rules, what was sent, itslearning."""
    from sync import runs

    _write(
        common,
        runs.diagnose_person(
            common.installation(read_only=True), key, common.org, live=not offline
        ),
    )


@diagnose.command()
@click.argument("key", type=KEY)
@click.option("--person", metavar="KEY", default="", help="Why is this person in it, or not?")
@_OFFLINE
@pass_common
def room(common: Common, *, key: str, person: str, offline: bool) -> None:
    """One room, group or place by key; with --person, whether that person is in it and why not."""
    from sync import runs

    installation = common.installation(read_only=True)
    if person:
        answer = runs.diagnose_membership(installation, person, key, common.org, live=not offline)
    else:
        answer = runs.diagnose_room(installation, key, common.org, live=not offline)
    _write(common, answer)


def _write(common: Common, answer: Diagnosis) -> None:
    if common.json:
        write_json(
            {
                "summary": answer.summary,
                "facts": [
                    {"what": fact.what, "value": fact.value, "source": fact.source}
                    for fact in answer.facts
                ],
                "next": list(answer.next),
            }
        )
        return
    say(answer.summary)
    width = max((len(fact.what) for fact in answer.facts), default=0)
    for fact in answer.facts:
        source = f"  [{fact.source}]" if fact.source else ""
        say(f"{fact.what:<{width}}  {fact.value}{source}", indent=2, hang=width + 2)
    if answer.next:
        say("What to do:")
    for number, step in enumerate(answer.next, start=1):
        say(f"{number}. {step}", indent=2, hang=3)
