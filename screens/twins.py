"""The command line for what is on screen (cli.md): everything here can be done without it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Protocol

from screens.desk import Desk, Site
from sync.model import ChangeFilter, RunReport

Twin = tuple[str, str]  # what it does, the command


class Standing(Protocol):
    """Where the console stands: its settings and the organization that is looked at."""

    @property
    def desk(self) -> Desk:
        """The verbs."""

    @property
    def sites(self) -> Sequence[Site]:
        """The organizations of the database."""

    @property
    def site(self) -> Site | None:
        """The organization that is looked at."""


def command(app: Standing, *words: str) -> str:
    """``umstui`` with these words, and with the file and organization the console runs on."""
    parts = ["umstui", *words]
    if len(app.sites) > 1 and app.site is not None:
        parts += ["--org", str(app.site.org)]
    if app.desk.session.config:
        parts += ["--config", app.desk.session.config]
    return " ".join(part if part.startswith("'") else shlex.quote(part) for part in parts)


def choice_options(choice: ChangeFilter) -> tuple[list[str], list[str]]:
    """The options of ``approve`` and ``reject`` for a filter, and the words that have none."""
    options: list[str] = []
    left_over = list(choice.words)
    for name, values in (("--kind", choice.kinds), ("--op", choice.operations)):
        if len(values) == 1:
            options += [name, *values]
        elif values:
            left_over.append(f"{name.strip('-')}:{','.join(sorted(values))}")
    if choice.school:
        options += ["--school", choice.school]
    left_over += [f"status:{status}" for status in sorted(choice.statuses)]
    return options, left_over


def of_preview(
    app: Standing, report: RunReport, choice: ChangeFilter, confirm: str | None
) -> list[Twin]:
    """Showing, exporting, deciding and carrying out."""
    run = report.summary.run
    options, left_over = choice_options(choice)
    apply_words = ["apply", run, *(["--confirm", confirm] if confirm else [])]
    lines: list[Twin] = [
        ("shows this run", command(app, "runs", "show", run)),
        ("writes its changes to a file",
         command(app, "runs", "export", run, "--format", "xlsx", "-o", f"run-{run}.xlsx")),
    ]  # fmt: skip
    if left_over:
        lines.append((f"has no option for: {' '.join(left_over)}", ""))
    else:
        lines.append(
            (
                "lets what is shown through",
                command(app, "approve", run, "--reason", "why", *options),
            )
        )
        lines.append(
            ("keeps what is shown back", command(app, "reject", run, "--reason", "why", *options))
        )
    lines.append(("carries the run out", command(app, *apply_words)))
    return lines
