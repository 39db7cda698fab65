"""umstui.toml: what it means, and what an administrator is told about a mistake in it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec
import pytest

from sync.errors import SettingsError
from sync.settings import Filter, Limit, Settings
from umstui import config

DATABASE = '[ums]\nurl = "mssql+pyodbc://ums"\n'


def settings_of(folder: Path, text: str) -> Settings:
    path = folder / "umstui.toml"
    path.write_text(text, encoding="utf-8")
    return config.load(str(path))


def complaint(folder: Path, text: str) -> str:
    with pytest.raises(SettingsError) as refused:
        settings_of(folder, text)
    assert refused.value.exit_code == 2
    return str(refused.value)


def test_a_file_with_a_database_alone_has_every_limit_on(tmp_path: Path) -> None:
    assert settings_of(tmp_path, DATABASE).filter == Filter()


def test_setting_one_limit_keeps_the_defaults_of_all_others(tmp_path: Path) -> None:
    limits = settings_of(tmp_path, f"{DATABASE}[filter.person]\ndelete = {{ count = 12 }}\n").filter
    assert limits.person.delete == Limit(count=12)
    assert limits.person.create == Limit(percent=25)
    assert limits.person.update == Limit(percent=75)
    assert limits.course.delete == Limit(percent=10)
    assert limits.membership.delete == Limit(percent=20)


def test_a_profile_lifts_only_what_it_names(tmp_path: Path) -> None:
    text = (
        f"{DATABASE}[filter.node]\ndelete = {{ percent = 7 }}\n"
        '[[filter.profile]]\nname = "back to school"\nfrom = 2026-08-01\nto = 2026-08-31\n'
        "person = { delete = { percent = 40 } }\n"
    )
    profile = settings_of(tmp_path, text).filter.profile[0]
    assert profile.person.delete == Limit(percent=40)
    assert profile.person.create == Limit(percent=25)
    assert profile.node.delete == Limit(percent=7)


def test_paths_are_relative_to_the_folder_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scheduler starts umstui in some other folder."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "umstui.toml").write_text(DATABASE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    settings = config.load("site/umstui.toml")
    monkeypatch.chdir("/")
    assert settings.path("snapshots") == tmp_path / "site" / "snapshots"


def test_a_byte_order_mark_from_notepad_does_no_harm(tmp_path: Path) -> None:
    assert settings_of(tmp_path, f"\ufeff{DATABASE}").ums.url == "mssql+pyodbc://ums"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "ums is missing; give the UMS database as [ums] url"),
        ("[ums]\n", "ums.url is missing"),
        ('[ums]\nurl = " "\n', "ums.url is empty"),
        ("[ums]\nurl = 5\n", "ums.url is 5; expected a text in quotes"),
        ("ums = 5\n", "ums is 5; expected a table"),
        (f"{DATABASE}tables = {{ Students = 5 }}\n", "ums.tables.Students is 5; expected a text"),
        (f"{DATABASE}[itslearnin]\n", "unknown key itslearnin; did you mean itslearning?"),
        (
            f"{DATABASE}[itslearning]\nbatchsize = 5\n",
            "unknown key itslearning.batchsize; did you mean batch_size?",
        ),
        (
            f"{DATABASE}[filter.person]\ndelet = {{ percent = 5 }}\n",
            "unknown key filter.person.delet; did you mean delete?",
        ),
        (
            f"{DATABASE}[filter.person]\ndelete = {{ percnt = 5 }}\n",
            "unknown key filter.person.delete.percnt; did you mean percent?",
        ),
        (f"{DATABASE}[snapshots]\nxyz = 1\n", "known here: dir, keep_days"),
        (f'folder = "/tmp"\n{DATABASE}', "unknown key folder"),
        (
            f"{DATABASE}[filter.person]\ndelete = {{ percent = -3 }}\n",
            "filter.person.delete.percent is -3; expected a number between 0 and 100",
        ),
        (
            f'{DATABASE}[filter.person]\ndelete = {{ percent = "5%" }}\n',
            'filter.person.delete.percent is "5%"; expected a number between 0 and 100',
        ),
        (
            f"{DATABASE}[filter.person]\ndelete = {{ percent = nan }}\n",
            "filter.person.delete.percent is nan; expected an ordinary number",
        ),
        (
            f"{DATABASE}[filter.person]\ndelete = {{ count = 1.5 }}\n",
            "filter.person.delete.count is 1.5; expected a whole number of at least 0",
        ),
        (f"{DATABASE}[filter.person]\ndelete = 5\n", "expected a limit such as { percent = 5 }"),
        (f"{DATABASE}[filter.person]\ndelete = {{}}\n", "names neither count nor percent"),
        (f"{DATABASE}[filter]\nperson = 5\n", "filter.person is 5; expected a table of limits"),
        (f"filter = 5\n{DATABASE}", "filter is 5; expected a table, [filter]"),
        (f'{DATABASE}[filter]\non_hold = "x"\n', 'is "x"; expected "cells" or "run"'),
        (f"{DATABASE}[itslearning]\nbatch_size = true\n", "batch_size is true; expected a whole"),
        (f"{DATABASE}[itslearning]\ntimeout_seconds = 0\n", "expected a number above 0"),
        (
            f'{DATABASE}[itslearning]\ncourse_archiving = "yes"\n',
            "expected true or false or a list of organizations, such as [1, 3]",
        ),
        (f'{DATABASE}[operators]\nviewers = "a"\n', "expected a list of texts"),
        (f"{DATABASE}[operators]\nviewers = [5]\n", "operators.viewers[1] is 5"),
        (f'{DATABASE}[calendar]\nschool_year_starts = "soon"\n', "a date such as 2026-08-10"),
        (
            f'{DATABASE}[[filter.profile]]\nname = "a"\nfrom = 2026-02-02\nto = 2026-01-01\n',
            "ends on 2026-01-01, before it begins on 2026-02-02",
        ),
        (f'{DATABASE}[[filter.profile]]\nname = "a"\nto = 2026-01-01\n', "profile[1].from is miss"),
        ("[ums\n", "is not valid TOML"),
    ],
)
def test_a_mistake_is_named_by_its_key(tmp_path: Path, text: str, said: str) -> None:
    message = complaint(tmp_path, text)
    assert said in message
    assert str(tmp_path / "umstui.toml") in message


@pytest.mark.parametrize("key", ["password", "api_secret", "Passwd", "token", "apikey"])
def test_a_secret_in_the_file_is_refused_and_not_repeated(tmp_path: Path, key: str) -> None:
    message = complaint(tmp_path, f'{DATABASE}[itslearning]\n{key} = "hunter2"\n')
    assert f"itslearning.{key} looks like a secret" in message
    assert "UMSTUI_ORG_<ID>_PASSWORD" in message
    assert "hunter2" not in message


def test_text_in_another_encoding_is_said_to_be_that(tmp_path: Path) -> None:
    path = tmp_path / "umstui.toml"
    path.write_bytes(DATABASE.encode() + "# små blå".encode("latin-1"))
    with pytest.raises(SettingsError, match="save it as UTF-8"):
        config.load(str(path))


def test_without_a_file_it_says_where_it_looked_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    with pytest.raises(SettingsError) as refused:
        config.load(None, {})
    message = str(refused.value)
    assert str(tmp_path / "umstui.toml") in message
    assert str(config.places(None, {})[1]) in message
    assert "umstui demo" in message


def test_a_named_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="There is no file nowhere"):
        config.load("nowhere.toml", {})
    with pytest.raises(SettingsError, match="UMSTUI_CONFIG names"):
        config.load(None, {"UMSTUI_CONFIG": str(tmp_path / "gone.toml")})


def test_the_option_comes_before_the_variable_and_that_before_the_folder() -> None:
    environment = {"UMSTUI_CONFIG": "b.toml"}
    assert config.places("a.toml", environment) == [Path("a.toml")]
    assert config.places(None, environment) == [Path("b.toml")]
    assert config.places(None, {})[0] == Path("umstui.toml")


def test_the_documented_file_is_the_defaults() -> None:
    """What docs/configuration.md shows as the default is what umstui does without it."""
    page = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")
    shown = page.split("```toml\n")[1].split("```")[0]
    data = tomllib.loads(shown)
    folder = Path("/somewhere")
    whole = config.decode(data, name="docs", folder=folder)
    bare = config.decode({"ums": {"url": data["ums"]["url"]}}, name="bare", folder=folder)
    assert whole == bare
    tables = [field for field in msgspec.structs.fields(Settings) if field.name != "folder"]
    named = {key.lstrip("# ") for line in shown.splitlines() for key in [line.split(" = ")[0]]}
    for table in tables:
        assert table.encode_name in data
        lines = {field.encode_name for field in msgspec.structs.fields(table.type)}
        assert lines - set(data[table.encode_name]) - named - {"profile", "event"} == set()


def test_each_site_archives_courses_or_does_not(tmp_path: Path) -> None:
    """Two municipalities on one database need not have bought the same."""
    (tmp_path / "umstui.toml").write_text(
        f"{DATABASE}[itslearning]\ncourse_archiving = [2]\n", encoding="utf-8"
    )
    itslearning = config.load(str(tmp_path / "umstui.toml")).itslearning
    assert [itslearning.archives_courses(org) for org in (1, 2)] == [False, True]
