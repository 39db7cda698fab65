"""A real terminal for the console: tmux on a socket of its own, without anybody's settings."""

from __future__ import annotations

import os
import shlex
import subprocess
import time
from pathlib import Path


class Terminal:
    """80x24 by default, started with a command that draws on it."""

    def __init__(self, *command: str, folder: Path, columns: int = 80, lines: int = 24) -> None:
        self._settings = folder / "tmux.conf"
        self._settings.write_text("set -g remain-on-exit on\n", encoding="utf-8")
        self._socket = f"umstui-test-{os.getpid()}-{time.monotonic_ns()}"
        self._tmux(
            "new-session", "-d", "-s", "console", "-x", str(columns), "-y", str(lines),
            "-c", str(folder), shlex.join(command),
        )  # fmt: skip

    def _tmux(self, *words: str) -> str:
        kept = {name: text for name, text in os.environ.items() if name not in {"TMUX", "NO_COLOR"}}
        done = subprocess.run(
            ["tmux", "-f", str(self._settings), "-L", self._socket, *words],  # noqa: S607
            capture_output=True,
            text=True,
            encoding="utf-8",
            env=kept,
            check=False,
            timeout=30,
        )
        return done.stdout

    def press(self, *keys: str) -> None:
        """Press keys by their tmux names."""
        self._tmux("send-keys", "-t", "console", *keys)

    def type(self, words: str) -> None:
        """Type words as they are."""
        self._tmux("send-keys", "-t", "console", "-l", words)

    def shown(self) -> str:
        """What stands on it."""
        return self._tmux("capture-pane", "-p", "-t", "console")

    def until(self, words: str, seconds: float = 60) -> str:
        """Wait until these words stand on it, and give all of it."""
        ends = time.monotonic() + seconds
        shown = ""
        while time.monotonic() < ends:
            shown = self.shown()
            if words in shown:
                return shown
            time.sleep(0.1)
        raise AssertionError(f"{words!r} never came:\n{shown}")

    def drop(self) -> None:
        """The line is gone: the terminal closes, and what ran in it gets SIGHUP."""
        self._tmux("kill-server")
