"""`umstui proposals`: what those who may not decide would do, and taking it over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from umstui.cli.parameters import NUMBER, RUN, Common, Group, pass_common
from umstui.output import say, write_json

if TYPE_CHECKING:
    from sync.runs import Proposal


@click.group(cls=Group)
def proposals() -> None:
    """What viewers propose for a run. Their `approve` and `reject` are proposals."""


@proposals.command("list")
@click.argument("run", type=RUN)
@pass_common
def list_(common: Common, *, run: str) -> None:
    """The proposals for a run, oldest first."""
    from sync import runs

    found = runs.proposals(common.installation_of(run, read_only=True), run)
    if common.json:
        write_json({"proposals": [_object(one) for one in found]})
        return
    if not found:
        say(f"Nobody has proposed anything for run {run}.")
    for one in found:
        decision = one.decision
        until = f" until {decision.until}" if decision.until else ""
        taken = " (taken over)" if one.taken else ""
        say(
            f"{one.number}: {decision.operator} would {decision.answer}{until} "
            f"{decision.count} changes: {decision.reason}{taken}",
            hang=2,
        )


@proposals.command()
@click.argument("run", type=RUN)
@click.argument("number", metavar="ID", type=NUMBER)
@pass_common
def take(common: Common, *, run: str, number: int) -> None:
    """Decide as proposed, under your own name."""
    from sync import runs

    common.write(runs.take_over(common.installation_of(run), run, number))


def _object(proposal: Proposal) -> dict[str, Any]:
    decision = proposal.decision
    return {
        "id": proposal.number,
        "answer": decision.answer,
        "count": decision.count,
        "until": decision.until.isoformat() if decision.until else None,
        "reason": decision.reason,
        "operator": decision.operator,
        "taken": proposal.taken,
    }
