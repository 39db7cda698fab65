"""The page for people: what a newcomer sees of what a sync did."""

from __future__ import annotations

import pytest

from tests.testsite import soap
from tests.testsite.soap import course, group, name, person, role, user
from umstui import testsite
from umstui.testsite import Site


@pytest.fixture
def shown(run):
    """Gives site, caller, and a function that shows the page for a query."""
    site, caller = run()

    def show(**query):
        answer = caller.client.get(site.page_url, params=query)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        return answer.text

    return site, caller, show


def test_everything_a_sync_made_is_on_the_page(shown):
    """A newcomer would have to take our word for it."""
    _, caller, show = shown
    caller.persons("create", person("anna", "Anna", "Ågård"), person("gone", "Gerd", "Væk"))
    caller.groups("create", ("a", group("Class æ")), ("k", course("Maths 1", "a")))
    caller.members("create", ("m", "anna", "k", "Learner"))
    caller.keys("pms", "deletePersons", "gone")
    text = show()
    for words in ("Anna Ågård", "Class æ", "Maths 1", "Learner", "Gerd Væk", "createPersons"):
        assert words in text, words
    assert "4 requests" in text
    assert "No faults in force" in text


def test_an_empty_site_says_so(shown):
    """Empty tables without a word look broken."""
    assert "Nobody is here yet." in shown[2]()


def test_markup_in_names_stays_text(shown):
    """A name could run a script in the browser of whoever looks."""
    _, caller, show = shown
    evil = "&lt;script&gt;alert(1)&lt;/script&gt;"
    caller.persons("create", ("a", name(evil) + user("a") + role()))
    caller.groups("create", ("g", group(evil)))
    text = show(q="<script>")
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)" in text
    answer = caller.client.get("/".join(caller.url.split("/")[:3]) + "/")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_search_finds_without_case_and_pages_go_through_all(shown):
    """Among 600 persons nobody finds the one they look for."""
    _, caller, show = shown
    caller.persons("create", *(person(f"p{number:03}", "Ærlig") for number in range(120)))
    caller.persons("create", person("zz", "Øjvind"))
    assert "Øjvind Holm" in show(show="persons", q="ØJVIND")
    assert "p001" not in show(show="persons", q="øjvind")
    assert "Nothing is found." in show(show="persons", q="nobody of that name")
    seen = [show(show="persons", page=page).count(">p") for page in (1, 2, 3)]
    assert "Page 3 of 3" in show(show="persons", page="99")
    assert "Page 1 of 3" in show(show="persons", page="x")
    assert seen[0] > seen[2] > 0


def test_groups_are_a_tree_and_lead_to_their_members(shown):
    """The hierarchy is what people want to see."""
    site, caller, show = shown
    caller.persons("create", person("anna"), person("bo", "Bo"))
    caller.groups("create", ("b", group("B")), ("a", group("A")), ("a1", group("A1", "a")))
    caller.members("create", ("m", "bo", "a1", "Learner"))
    text = show(show="groups")
    places = [text.index(f">{title}</a>") for title in ("Test site", "A", "A1", "B")]
    assert places == sorted(places)
    assert text.count("padding-left") == 3
    number = next(row["id"] for row in site.groups() if row["key"] == "a1")
    members = show(show="memberships", group=number)
    assert "Bo Holm" in members
    assert "Anna Holm" not in members


def test_faults_in_force_and_failures_are_on_the_page(shown):
    """Somebody would look for a bug where a rehearsal is running."""
    site, caller, show = shown
    caller.keys("pms", "deletePersons", "nobody")
    site.set_faults("503:0.05", "latency:1")
    text = show(show="requests")
    assert "Faults in force: 503:0.05, latency:1" in text
    assert "1 failure" in text


def test_birthdays_and_passwords_are_not_on_the_page(shown):
    """They reach no screen."""
    _, caller, show = shown
    bday = "<p:demographics><p:bday>2001-02-03</p:bday></p:demographics>"
    secret = "<p:userId><c:userIdValue>a</c:userIdValue><c:passWord>h3m</c:passWord></p:userId>"
    caller.persons("create", ("a", name() + secret + bday + role()))
    for view in ("", "persons", "requests"):
        text = show(show=view)
        assert "2001-02-03" not in text
        assert "h3m" not in text
        assert soap.PASSWORD not in text


def test_every_site_has_its_own_page(tmp_path):
    """Two schools side by side must not be mixed up."""
    sites = [Site("one", "p", "R1", title="School 1"), Site("two", "p", "R2", title="School 2")]
    with testsite.start(tmp_path, sites=sites) as site:
        with site.seed("two") as seeding:
            seeding.person("only-two", "Tove", "To")
        client = soap.Caller(site.url).client
        first, second = client.get(site.page_url), client.get(site.page_url + "?site=two")
        assert ("School 1" in first.text, "Tove To" in first.text) == (True, False)
        assert ("School 2" in second.text, "Tove To" in second.text) == (True, True)
        assert "site=two" in first.text
