"""Starting, stopping, coming back, and what is there at the beginning."""

from __future__ import annotations

import re
import signal
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from sync.errors import NotFound, Refused, SettingsError, StateUnusable, UmstuiError
from tests.testsite import soap
from tests.testsite.soap import group, person
from umstui import testsite
from umstui.testsite import Site

ONE = Site(soap.USER, soap.PASSWORD, soap.ROOT)


def test_importing_it_does_not_load_a_web_server():
    """Every command of the program would start slower."""
    code = (
        "import sys, umstui.testsite; "
        "print(sorted({'starlette', 'uvicorn', 'lxml', 'zeep'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_it_shares_nothing_with_the_client_but_the_wsdl():
    """A mistake in code that both use would hide itself."""
    code = (
        "import sys, umstui.testsite.running; "
        "print(sorted(name for name in sys.modules if name.startswith('sync.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['sync.errors', 'sync.itslearning', 'sync.itslearning.wsdl']"


def test_sites_can_be_written_into_a_file(tmp_path):
    """From the command line there would be one site with one set of switches."""
    path = tmp_path / "sites.toml"
    path.write_text(
        '[[site]]\nuser_name = "one"\npassword = "p"\nroot_key = "R"\ncourse_archiving = true\n'
        '[[site]]\nuser_name = "two"\npassword = "p"\nroot_key = "R"\n'
        '[site.profiles]\nPupil = "Student"\n',
        encoding="utf-8",
    )
    with testsite.start(tmp_path) as site:
        one, two = site.sites
        assert (one.course_archiving, two.course_archiving) == (True, False)
        assert two.profiles == {"Pupil": "Student"}
    for wrong, said in (
        ('[[site]]\nuser = "one"', "unknown key user"),
        ('[[site]]\nuser_name = "one"', "password"),
        ("[[site", "sites.toml"),
        ("", "names no"),
        (path.read_text(encoding="utf-8").replace("true", '"yes"'), "bool"),
    ):
        path.write_text(wrong, encoding="utf-8")
        with pytest.raises(SettingsError, match=said):
            testsite.start(tmp_path)


def test_the_state_outlives_the_process_and_credentials_may_change(tmp_path):
    """A demo that is started again would be empty, while UMS remembers everything."""
    with testsite.start(tmp_path, sites=[ONE]) as site:
        assert soap.Caller(site.url).persons("create", person("anna")).status.ok
        site.stop()
        site.stop()
    again = Site(soap.USER, "new", soap.ROOT, title="Renamed")
    with testsite.start(tmp_path, sites=[again]) as site:
        assert [row["key"] for row in site.persons()] == ["anna"]
        assert site.groups()[0]["title"] == "Renamed"
        caller = soap.Caller(site.url, password="new")
        assert caller.one("pms", "readPerson", "anna").status.ok
        assert soap.Caller(site.url).one("pms", "readPerson", "anna").http == 500
    with testsite.start(tmp_path) as site:
        assert [known.password for known in site.sites] == ["new"]


def test_it_listens_on_loopback_only(tmp_path):
    """A test site has no business on the network."""
    with testsite.start(tmp_path, sites=[ONE]) as site:
        assert site.url.startswith("http://127.0.0.1:")
        other = socket.gethostbyname(socket.gethostname())
        if not other.startswith("127."):
            with pytest.raises((ConnectionError, TimeoutError)):
                socket.create_connection((other, site.port), timeout=0.5)


def test_a_fresh_folder_gets_a_site_that_can_be_used_at_once(tmp_path):
    """A newcomer would have nothing to log in with."""
    with testsite.start(tmp_path) as site:
        (default,) = site.sites
        caller = soap.Caller(site.url, default.user_name, default.password)
        assert caller.one("gms", "readGroup", default.root_key).status.ok
        assert caller.one("pms", "readPerson", "UMSTimetableUser").status.ok
        assert caller.one("gms", "readGroup", "TEMPLATE").status.ok
        assert {row["profile"] for row in site.persons()} >= {
            "Administrator",
            "System Administrator",
        }
        password = default.password
    with testsite.start(tmp_path) as site:
        assert site.sites[0].password == password
        assert len(site.persons()) == 4
    assert password not in repr(default)


def test_a_port_that_is_taken_says_so(tmp_path):
    """A traceback would be all there is."""
    with testsite.start(tmp_path / "a", sites=[ONE]) as site:
        port = site.port
        with pytest.raises(UmstuiError, match=str(port)):
            testsite.start(tmp_path / "b", port=port, sites=[ONE])


def test_it_comes_back_on_its_port_at_once(tmp_path):
    """A demo that is opened again has its address in the school's database."""
    with testsite.start(tmp_path, sites=[ONE]) as site:
        port = site.port
        client = soap.Caller(site.url)
        assert client.persons("create", person("anna")).status.ok
        # The site ends while the client still holds its connection.
    with testsite.start(tmp_path, port=port, sites=[ONE]) as site:
        assert client.one("pms", "readPerson", "anna").status.ok


def test_a_state_file_that_is_none_is_refused_and_left_alone(tmp_path):
    """Somebody's other database would be overwritten."""
    path = tmp_path / "testsite.db"
    path.write_bytes(b"this is not a database, but something of value" * 100)
    before = path.read_bytes()
    with pytest.raises(StateUnusable, match=re.escape(str(path))):
        testsite.start(tmp_path, sites=[ONE])
    assert path.read_bytes() == before


def test_a_state_file_of_another_version_is_refused(tmp_path):
    """A later version's state would be half understood."""
    with sqlite3.connect(tmp_path / "testsite.db") as other:
        other.execute("CREATE TABLE something (x)")
    with pytest.raises(StateUnusable, match="another folder"):
        testsite.start(tmp_path, sites=[ONE])


def test_a_switch_that_does_not_exist_is_refused():
    """A typing error would leave a site at its default."""
    with pytest.raises(ValueError, match="over_long"):
        Site("u", "p", "R", over_long="shorten")


def _two_persons(seeding, *user_names):
    for user_name in user_names:
        seeding.person(user_name, "First", "Last")


def test_seeding_is_all_or_nothing_and_keeps_the_rules(tmp_path):
    """A half-made school would confuse whoever works with it."""
    with testsite.start(tmp_path, sites=[ONE]) as site:
        with site.seed() as seeding:
            seeding.administrator("admin", key="admin-key")
            seeding.group("School", type="School", key="school")
            seeding.group("Below", parent="school")
            seeding.membership("admin", "school", role="Administrator", key="m")
            seeding.person("leaver", "Lea", "Ver", key="leaver")
            seeding.throw_away("leaver")
        assert [row["key"] for row in site.trash()] == ["leaver"]
        assert {row["key"]: row["parent"] for row in site.groups()} == {
            "ROOT": None,
            "school": "ROOT",
            None: "school",
        }
        with pytest.raises(Refused, match="unknown unknown"), site.seed() as seeding:
            _two_persons(seeding, "new", "leaver")
        with pytest.raises(NotFound, match="nowhere"), site.seed() as seeding:
            seeding.group("Lost", parent="nowhere")
        assert len(site.persons()) == 1
        with pytest.raises(NotFound, match="no site"):
            testsite.seed(tmp_path, "nobody")
        caller = soap.Caller(site.url)
        assert caller.persons("create", person("anna")).status.ok
        assert caller.groups("create", ("g", group("G", "school"))).status.ok


def test_serving_prints_what_is_needed_and_ends_when_interrupted(tmp_path: Path):
    """`umstui testsite` would leave a person without address or password."""
    code = "import sys; from pathlib import Path; from umstui import testsite; "
    code += "testsite.serve(Path(sys.argv[1]), faults=['latency:1'])"
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        said = ""
        for line in process.stdout:
            said += line
            if "latency" in line:
                break
        url = re.search(r"IMSES +(\S+)", said)[1]
        found = re.search(r"user name (\S+)\n +password (\S+), root (\S+)", said)
        caller = soap.Caller(url, found[1], found[2])
        assert caller.one("gms", "readGroup", found[3]).status.ok
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=15) in {0, -signal.SIGINT, 130}
        assert "Traceback" not in process.stderr.read()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        process.stdout.close()
        process.stderr.close()


def test_a_wrong_fault_leaves_the_port_free(tmp_path):
    """A second try would find the port taken by the first."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(SettingsError):
        testsite.start(tmp_path, port=port, sites=[ONE], faults=["nonsense"])
    with testsite.start(tmp_path, port=port, sites=[ONE]) as site:
        assert site.port == port
