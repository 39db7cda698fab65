"""What is proposed to be typed is pasted: it must mean in a shell what it says here."""

from __future__ import annotations

import shlex

import pytest

from sync import shell


@pytest.mark.parametrize(
    "word",
    ["anna01", "Sønder Skole", "delete 57", "", "'; reboot", "a'b", '"two words"', "50 % $HOME",
     "`reboot`", "back\\slash", "line\nbreak", "!event", "*", "~", "a;b", "#x"],
)  # fmt: skip
def test_whatever_a_word_holds_the_shell_takes_it_as_one_word(word: str) -> None:
    """Keys and schools come from the data: one of them must not run a command of its own."""
    assert shlex.split(shell.quoted(word), comments=True) == [word]


def test_windows_gets_no_single_quotes(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are letters to cmd: the number to type would arrive in pieces."""
    assert shell.quoted("delete 57") == '"delete 57"'
    monkeypatch.setattr(shell, "_WINDOWS", True)
    assert shell.quoted("C:\\a school\\umstui.toml") == '"C:\\a school\\umstui.toml"'
    assert shell.quoted('status:held "two words"') == '"status:held \\"two words\\""'
