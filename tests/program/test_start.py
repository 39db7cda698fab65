"""Starting the program as people do: a process of its own, its time, its errors, its completion."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from sync.snapshots.run_file import RunFiles
from umstui import __version__, app
from umstui.cli.console import open_console
from umstui.cli.parameters import Common, _CommonOption
from umstui.cli.program import COMMANDS, program

HEAVY = ("duckdb", "sqlalchemy", "zeep", "textual", "pyarrow", "pyodbc", "httpx", "rich", "lxml")


def start(
    *arguments: str, folder: Path | None = None, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    variables = {key: value for key, value in os.environ.items() if key != "UMSTUI_CONFIG"}
    return subprocess.run(
        [sys.executable, "-m", "umstui", *arguments],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        cwd=folder,
        env=variables | (environment or {}),
        check=False,
        timeout=60,
    )


def imported_by(statement: str) -> set[str]:
    """The top-level modules that a fresh interpreter holds after the statement."""
    script = f"import sys\n{statement}\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stdout.split())


def commands_of(group: click.Group, before: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every command line there is, without its arguments."""
    found = []
    context = click.Context(group, obj=Common())
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        found.append((*before, name))
        if isinstance(command, click.Group):
            found += commands_of(command, (*before, name))
    return found


# --- speed ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", [["--version"], ["--help"], ["plan", "--help"]])
def test_what_only_talks_about_the_program_imports_no_adapter(line: list[str]) -> None:
    """`umstui --help` over a slow link must not wait for databases that it does not open."""
    statement = f"from umstui.cli import main\ntry: main({line!r})\nexcept SystemExit: pass"
    loaded = imported_by(statement)
    assert "click" in loaded
    assert not loaded.intersection(HEAVY)


def test_no_command_module_imports_an_adapter() -> None:
    """One eager import would make every command, completion too, wait for it."""
    modules = {module for section in COMMANDS.values() for module in section.values()}
    lines = "\n".join(f"import umstui.cli.commands.{module}" for module in sorted(modules))
    assert not imported_by(lines).intersection(HEAVY)


# --- the table of commands -----------------------------------------------------------------------


def test_every_command_file_is_in_the_table() -> None:
    folder = Path(__file__).parents[2] / "umstui" / "cli" / "commands"
    files = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert files == {module for section in COMMANDS.values() for module in section.values()}


@pytest.mark.parametrize("line", commands_of(program), ids=" ".join)
def test_every_command_explains_itself_and_its_options(line: tuple[str, ...]) -> None:
    """An option without a word of help is one that nobody dares to use."""
    command: click.Command = program
    context = click.Context(program, obj=Common())
    for name in line:
        assert isinstance(command, click.Group)
        inner = command.get_command(context, name)
        assert inner is not None
        command = inner
    assert command.help
    assert all(o.help for o in command.params if isinstance(o, click.Option))
    common = {o.name for o in command.params if isinstance(o, _CommonOption)}
    assert common == {"config", "org", "json", "read_only", "quiet", "debug"}


# --- errors --------------------------------------------------------------------------------------


def test_version_is_that_of_the_package() -> None:
    assert start("--version").stdout == f"umstui {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("plann",), "Did you mean plan?"),
        (("plan", "--as-off", "x"), "--as-of"),
        (("apply",), "RUN"),
        (("--org", "one", "plan"), "--org"),
        (("completion", "cmd"), "bash"),
    ],
)
def test_wrong_usage_is_named_and_leaves_with_2(arguments: tuple[str, ...], said: str) -> None:
    ended = start(*arguments)
    assert ended.returncode == 2
    assert said in ended.stderr
    assert ended.stdout == ""


def test_settings_errors_leave_with_2_and_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "umstui.toml").write_text("[umss]\n", encoding="utf-8")
    ended = start("plan", folder=tmp_path)
    assert ended.returncode == 2
    assert "did you mean ums?" in ended.stderr
    assert "Traceback" not in ended.stderr
    shown = start("plan", "--debug", folder=tmp_path)
    assert "Traceback" in shown.stderr
    assert shown.returncode != 0


BROKEN = """
import sys
from umstui.cli import main
from umstui.cli.parameters import Common
def fail(*_, **__):
    raise {error}
Common.installation = fail
main(sys.argv[1:])
"""


def start_broken(error: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The program with something inside it that fails like this."""
    return subprocess.run(
        [sys.executable, "-c", BROKEN.format(error=error), *arguments],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
        timeout=60,
    )


def test_an_unexpected_error_is_one_line_without_what_it_may_hold() -> None:
    """The text of a database driver's exception can hold the password of the connection."""
    ended = start_broken("ValueError('mssql://sa:hunter2@ums')", "plan")
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert "ValueError" in ended.stderr
    assert "--debug" in ended.stderr
    assert "hunter2" not in ended.stderr


def test_debug_shows_where_an_unexpected_error_came_from() -> None:
    ended = start_broken("ValueError('x')", "plan", "--debug")
    assert ended.returncode == 1
    assert "Traceback" in ended.stderr


def test_an_interrupted_command_leaves_with_130() -> None:
    ended = start_broken("KeyboardInterrupt", "plan")
    assert ended.returncode == 130
    assert "Traceback" not in ended.stderr


# --- without a terminal --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "instead"), [((), "umstui plan"), (("demo",), "umstui demo --headless")]
)
def test_without_a_terminal_one_line_says_what_to_use(
    tmp_path: Path, arguments: tuple[str, ...], instead: str
) -> None:
    """Textual would fill the file with escape codes; and no half-made demo may be left behind."""
    ended = start(*arguments, folder=tmp_path)
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert instead in ended.stderr
    assert list(tmp_path.iterdir()) == []


# --- completion ----------------------------------------------------------------------------------


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_for_the_shell(shell: str) -> None:
    ended = start("completion", shell)
    assert ended.returncode == 0
    assert f"_UMSTUI_COMPLETE={shell}_complete" in ended.stdout


def complete(words: str, folder: Path) -> list[str]:
    """What bash is offered at the end of these words."""
    ended = start(
        folder=folder,
        environment={
            "_UMSTUI_COMPLETE": "bash_complete",
            "COMP_WORDS": words,
            "COMP_CWORD": str(len(words.split(" ")) - 1),
        },
    )
    assert ended.stderr == ""
    return [line.split(",")[1] for line in ended.stdout.splitlines() if line]


def test_commands_and_options_are_completed(tmp_path: Path) -> None:
    assert complete("umstui ap", tmp_path) == ["approve", "apply"]
    assert "--detailed-exitcode" in complete("umstui plan --", tmp_path)
    assert complete("umstui runs sh", tmp_path) == ["show"]


def test_completion_without_settings_offers_nothing_and_says_nothing(tmp_path: Path) -> None:
    """A message in the middle of a half-typed line would ruin the line."""
    assert complete("umstui apply ", tmp_path) == []
    (tmp_path / "umstui.toml").write_text("nonsense", encoding="utf-8")
    assert complete("umstui apply ", tmp_path) == []


def test_runs_are_completed_newest_first_without_opening_a_database(
    tmp_path: Path, toml: Path
) -> None:
    folder = tmp_path / "snapshots"
    folder.mkdir()
    for run in (9, 10, 121):
        RunFiles(folder).path(run).touch()
    (folder / "run-000003.duckdb.part").touch()
    assert complete("umstui apply ", tmp_path) == ["121", "10", "9"]
    assert complete("umstui runs show 1", tmp_path) == ["121", "10"]
    assert complete(f"umstui --config {toml} apply 9", tmp_path) == ["9"]
    statement = f"from umstui.cli.completions import run_names\nrun_names({str(toml)!r})"
    assert not imported_by(statement).intersection(HEAVY)


@pytest.mark.parametrize("given", ["umstui.toml", None])
def test_a_command_of_the_console_works_in_another_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, toml: Path, given: str | None
) -> None:
    """Copied from the console it is pasted into a shell that stands somewhere else."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("UMSTUI_CONFIG", raising=False)
    opened: list[Path] = []
    monkeypatch.setattr(app, "run", lambda _installation, _org, file: opened.append(file))
    open_console(Common(config=given))
    assert opened == [toml.resolve()]
