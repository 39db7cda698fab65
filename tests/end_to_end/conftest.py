"""A demo school with its test site answering, and the installed program to call on it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from umstui.cli.demonstration import prepare, running_site
from umstui.session import local_now

Program = Callable[..., subprocess.CompletedProcess[str]]


def start(
    *arguments: str, folder: Path | None = None, password: str | None = None
) -> subprocess.CompletedProcess[str]:
    """`umstui ARGUMENTS` as a process of its own, as a scheduler starts it."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("UMSTUI_")}
    if password is not None:
        kept["UMSTUI_ORG_1_PASSWORD"] = password
    return subprocess.run(
        [sys.executable, "-m", "umstui", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        cwd=folder,
        env=kept,
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="session")
def program() -> Program:
    """Starts the program in a process of its own."""
    return start


@pytest.fixture
def school(tmp_path: Path) -> Iterator[Path]:
    """The folder of a demo of 60 persons that nothing has been sent for, its site answering."""
    folder = tmp_path / "school"
    demo = prepare(folder, 60, 5, local_now().date())
    with running_site(folder, demo):
        yield folder


@pytest.fixture(scope="session")
def unanswered_school(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demo whose site does not answer; for commands that ask nothing of it."""
    folder = tmp_path_factory.mktemp("unanswered") / "school"
    prepare(folder, 40, 6, local_now().date())
    return folder
