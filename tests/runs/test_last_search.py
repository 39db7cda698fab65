"""How old what a search found is: who decides on it must not take it for today's."""

from __future__ import annotations

import datetime as dt

from sync import runs
from sync.findings import Search
from tests.runs.accounts import by_hand, carried_out, pupil
from tests.runs.synced_school import School


def search_with_a_double(school: School) -> Search:
    """What is found where somebody made a pupil's account once more by hand."""
    key = pupil(school)
    person = next(p for p in school.site.persons() if p["key"] == key)
    by_hand(school, "dobbelt", str(person["first"]), str(person["last"]))
    return runs.find_duplicates(school.installation())


def test_the_search_runs_without_the_site_on_the_last_reading_and_says_how_old_it_is(
    synced: School,
) -> None:
    """The site is always away when the question comes."""
    seen = search_with_a_double(synced)
    synced.now += dt.timedelta(hours=5)
    synced.site.stop()
    search = runs.find_duplicates(synced.installation())
    assert [f.id for f in search.findings] == [f.id for f in seen.findings]
    assert search.read_at == seen.read_at
    assert any("5 hours" in remark for remark in search.remarks), search.remarks
    assert any("was not read" in remark for remark in search.remarks), search.remarks
    stored = runs.last_search(synced.installation(read_only=True))
    assert stored is not None
    assert [f.id for f in stored.findings] == [f.id for f in seen.findings]


def test_findings_are_as_old_as_their_search_and_overtaken_by_what_came_after(
    synced: School,
) -> None:
    """A reading for something else must not make old findings look new."""
    seen = search_with_a_double(synced)
    stored = runs.last_search(synced.installation())
    assert stored is not None
    assert (stored.read_at, stored.overtaken) == (seen.read_at, False)
    synced.now += dt.timedelta(hours=5)
    carried_out(synced, runs.plan(synced.installation()).summary.run)
    after_a_run = runs.last_search(synced.installation())
    assert after_a_run is not None
    assert after_a_run.overtaken
    synced.now += dt.timedelta(hours=5)
    runs.find_duplicates(synced.installation())
    searched = synced.now
    synced.now += dt.timedelta(hours=5)
    with runs.drift(synced.installation()):
        pass
    after_a_reading = runs.last_search(synced.installation())
    assert after_a_reading is not None
    assert after_a_reading.overtaken
    assert after_a_reading.read_at is not None
    assert after_a_reading.read_at <= searched
