"""The documentation: its commands exist, its pictures and links lead somewhere."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from umstui.cli.program import program

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
_LINK = re.compile(r"\]\(([^)#]+)[^)]*\)")
_COMMANDS = re.compile(r"`(umstui [^`]*)`|^ {4}(umstui .*)$", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    """A page that is not there helps nobody at 22:00."""
    links = _LINK.findall(page.read_text(encoding="utf-8"))
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_commands_of_the_documentation_exist_with_their_options(page: Path) -> None:
    """Whoever copies a line must not read `no such option`."""
    for pair in _COMMANDS.findall(page.read_text(encoding="utf-8")):
        words = shlex.split((pair[0] or pair[1]).split("#")[0])[1:]
        command: click.Command = program
        context = click.Context(program, info_name="umstui")
        while isinstance(command, click.Group) and words:
            if words[0].startswith("-"):  # an option of the group, before its command
                option = words.pop(0)
                owner = next(p for p in command.params if option in p.opts)
                if isinstance(owner, click.Option) and not owner.is_flag and words:
                    words.pop(0)
                continue
            found = command.get_command(context, words[0])
            assert found is not None, f"{page.name}: umstui {' '.join(words)}"
            command = found
            context = click.Context(command, context, info_name=words.pop(0))
        known = {option for parameter in command.params for option in parameter.opts}
        known |= {option for parameter in program.params for option in parameter.opts} | {"--help"}
        options = [word.split("=")[0] for word in words if word.startswith("--")]
        assert set(options) <= known, f"{page.name}: {pair}"


def test_every_task_has_a_page_that_is_listed() -> None:
    """A page that no list names is not read."""
    listed = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    tasks = sorted(path.name for path in (ROOT / "docs" / "tasks").glob("*.md"))
    assert len(tasks) >= 9
    assert [name for name in tasks if f"tasks/{name}" not in listed] == []
