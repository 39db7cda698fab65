"""A command line to call from a test, and verbs that answer what the test wants."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import sync.runs
from umstui.cli import main


@dataclass(frozen=True)
class Ended:
    """What a command line left behind."""

    code: int
    out: str
    err: str


CommandLine = Callable[..., Ended]


@pytest.fixture
def umstui(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> CommandLine:
    """Runs `umstui ARGUMENTS` in an empty folder, with nothing in the environment that counts."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("UMSTUI_CONFIG", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)

    def run(*arguments: str) -> Ended:
        with pytest.raises(SystemExit) as left:
            main(list(arguments))
        written = capsys.readouterr()
        return Ended(int(left.value.code or 0), written.out, written.err)

    return run


@pytest.fixture
def toml(tmp_path: Path) -> Path:
    """An umstui.toml with nothing but the database."""
    path = tmp_path / "umstui.toml"
    path.write_text('[ums]\nurl = "sqlite:///ums.db"\n', encoding="utf-8")
    return path


@dataclass
class Verbs:
    """The verbs, replaced: what was asked of each, and what each answers."""

    monkeypatch: pytest.MonkeyPatch
    asked: dict[str, tuple[tuple[Any, ...], dict[str, Any]]]

    def answer(self, verb: str, value: Any) -> None:
        """Let ``verb`` give this value, or raise it where it is an exception."""

        def stand_in(*arguments: Any, **named: Any) -> Any:
            self.asked[verb] = (arguments, named)
            if isinstance(value, BaseException):
                raise value
            return value

        self.monkeypatch.setattr(sync.runs, verb, stand_in)


@pytest.fixture
def verbs(monkeypatch: pytest.MonkeyPatch, toml: Path) -> Verbs:
    """The verbs of sync.runs, for tests of what the command line makes of their answers."""
    return Verbs(monkeypatch, {})
