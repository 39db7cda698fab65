"""The command line for what is on screen (cli.md): everything here can be done without it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from screens.desk import Desk, Site
from sync.model import ChangeFilter
from sync.shell import quoted

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
    return " ".join(quoted(part) for part in parts)


def choice_options(choice: ChangeFilter, order: str = "plan") -> list[str]:
    """The options that choose the same changes, and put them in the same order."""
    options: list[str] = []
    for name, values in (("--kind", choice.kinds), ("--op", choice.operations)):
        for value in sorted(values):
            options += [name, value]
    if choice.school:
        options += ["--school", choice.school]
    words = [f'"{word}"' if {" ", ":"} & {*word} else word for word in choice.words]
    if choice.statuses:
        words.insert(0, f"status:{','.join(sorted(choice.statuses))}")
    if words:
        options += ["--match", " ".join(words)]
    for seq in sorted(choice.seqs):
        options += ["--change", str(seq)]
    if order != "plan":
        options += ["--sort", order]
    return options


def deciding(app: Standing, run: str, choice: ChangeFilter, named: str) -> list[Twin]:
    """Letting the chosen changes through, and keeping them back; ``named`` says which they are."""
    options = ["--reason", "why", *choice_options(choice)]
    return [
        (f"lets through: {named}", command(app, "approve", run, *options)),
        (f"keeps back: {named}", command(app, "reject", run, *options)),
    ]
