"""Trouble on demand: each fault does what its name says, and leaves the state it promises."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from sync.errors import SettingsError
from tests.testsite.soap import NS, PMS, envelope, person, sid
from umstui import testsite

CREATE = "http://www.imsglobal.org/soap/pms/createPersons"


def request(*names: str) -> bytes:
    """A createPersons request for persons of these keys."""
    spaces = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NS.items())
    inner = "".join(
        f"<personIdPair>{sid(key)}<person>{person(key)[1]}</person></personIdPair>" for key in names
    )
    return envelope(
        f'<createPersonsRequest xmlns="{PMS}" {spaces}><personIdPairSet>{inner}'
        "</personIdPairSet></createPersonsRequest>"
    )


def keys(site):
    return [row["key"] for row in site.persons()]


def test_503_comes_before_anything_is_stored_and_names_a_wait(run):
    """Back-off could not be rehearsed."""
    site, caller = run(faults=("503:next1", "retry-after:2"))
    with pytest.raises(Exception, match="syntax error"):
        caller.persons("create", person("a"))
    assert keys(site) == []
    assert caller.persons("create", person("a")).status.ok
    refused, taken = site.requests()
    assert (refused["http"], refused["note"], taken["http"]) == (503, "fault 503", 200)


def test_retry_after_is_sent_only_when_it_is_set(run):
    """A client that waits for a header that is not there would wait for ever."""
    site, caller = run(faults=("503:1",))
    assert "retry-after" not in caller.post(b"", "x").headers
    site.set_faults("503:1", "retry-after:7")
    assert caller.post(b"", "x").headers["retry-after"] == "7"


@pytest.mark.parametrize(
    ("fault", "stored"), [("html500", []), ("html500-after-commit", ["a"]), ("fault500", [])]
)
def test_error_answers(run, fault, stored):
    """An HTML page must not be taken for an answer, nor a fault for a refusal of one item."""
    site, caller = run()
    content = request("a")
    site.set_faults(f"{fault}@createPersons:next1")
    response = caller.post(content, CREATE)
    assert response.status_code == 500
    assert ("html" in response.headers["content-type"]) == fault.startswith("html")
    assert keys(site) == stored


@pytest.mark.parametrize(("fault", "stored"), [("drop-before", []), ("drop-after-commit", ["a"])])
def test_cut_connections(run, fault, stored):
    """The lost answer is the one case that resending must survive."""
    site, caller = run(faults=(f"{fault}:next1",))
    with pytest.raises(httpx.TransportError):
        caller.persons("create", person("a"))
    assert keys(site) == stored
    assert caller.persons("create", person("a")).status.ok
    assert keys(site) == ["a"]


def test_broken_xml_and_short_sets_come_after_everything_was_stored(run):
    """The client must not count on an answer it cannot read."""
    site, caller = run(faults=("broken-xml:next1",))
    response = caller.post(request("a"), CREATE)
    assert response.status_code == 200
    assert not response.content.endswith(b"Envelope>")
    site.set_faults("short-set:next1")
    reply = caller.persons("create", person("b"), person("c"))
    assert (len(reply.statuses), keys(site)) == (1, ["a", "b", "c"])


def test_hanging_requests_do_not_keep_the_site_from_stopping(run):
    """A rehearsal of time-outs must end."""
    site, caller = run(faults=("hang:next1",))
    headers = {"Content-Type": "text/xml", "SOAPAction": CREATE}
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(site.url, content=request("a"), headers=headers, timeout=0.3)
    assert caller.persons("create", person("b")).status.ok
    assert keys(site) == ["b"]


def test_latency_and_slow_items(run):
    """A slow site must be slow by the item, as real ones are."""
    site, caller = run(faults=("latency:60", "slow-item:30", "slow-group-read:90"))
    started = time.perf_counter()
    caller.persons("create", person("a"), person("b"))
    assert time.perf_counter() - started >= 0.12
    started = time.perf_counter()
    caller.one("pms", "readPersonsForGroup", "ROOT", "groupSourcedId")
    assert time.perf_counter() - started >= 0.18
    assert site.requests()[0]["milliseconds"] >= 120


def test_requests_at_once_are_counted_and_limited(run):
    """A client that floods the site would go unnoticed."""
    site, caller = run(faults=("latency:300",), operations_maximum=3)
    with ThreadPoolExecutor(3) as threads:
        answers = list(
            threads.map(lambda key: caller.post(request(key), CREATE).status_code, "abcde")
        )
    assert answers.count(200) >= 3
    rows = site.requests()
    assert max(row["in_flight"] for row in rows) <= 3
    site.set_faults("latency:300")
    with ThreadPoolExecutor(2) as threads:
        both = [request("k", "l"), request("m", "n")]
        answers = list(threads.map(lambda one: caller.post(one, CREATE).status_code, both))
    assert sorted(answers) == [200, 503]


def test_a_rate_hits_about_that_share(run):
    """A rate that hits always or never would prove nothing."""
    site, caller = run(faults=("503:0.5",))
    codes = [caller.post(b"", "x").status_code for _ in range(60)]
    assert 10 < codes.count(503) < 50
    assert {503, 500} == set(codes)
    assert len(site.requests()) == 60


def test_faults_are_changed_while_the_site_runs_and_wrong_ones_change_nothing(run):
    """A rehearsal steers the trouble from outside."""
    site, caller = run(faults=("latency:1",))
    address = site.page_url + "faults"
    client = caller.client
    answer = client.post(address, json={"faults": ["503@createPersons:next2", "latency:5"]})
    assert answer.json() == {"faults": ["503@createPersons:next2", "latency:5"]}
    assert caller.one("pms", "readPerson", "a").http == 200
    assert caller.post(request("a"), CREATE).status_code == 503
    assert client.get(address).json()["faults"][0] == "503@createPersons:next1"
    for wrong in ("503:2", "504:0.1", "latency:soon", "503", "503:next"):
        refused = client.post(address, json={"faults": [wrong]})
        assert refused.status_code == 400, wrong
        assert wrong in refused.text
    assert client.post(address, json=["503:1"]).status_code == 400
    assert client.post(address, content=b"faults=503:1").status_code == 415
    assert client.get(address).json()["faults"][1] == "latency:5"
    assert client.post(address, json={"faults": []}).json() == {"faults": []}


def test_a_wrong_fault_at_the_start_says_which_ones_there_are(tmp_path):
    """A typing error would start a site without the trouble that was asked for."""
    with pytest.raises(SettingsError, match="drop-after-commit"):
        testsite.start(tmp_path, faults=["droppp:0.1"])
