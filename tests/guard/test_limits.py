"""Limits: what trips them, what warns, and what a profile may change."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest
from hypothesis import given, strategies as st

from sync.errors import SettingsError
from sync.guard.limits import check_filter, judge, limits_on
from sync.model import Verdict
from sync.settings import Filter, Limit, Limits, Profile

LEVELS = [Verdict.PASS, Verdict.WARN, Verdict.HOLD]
limits = st.builds(
    Limit,
    count=st.none() | st.integers(0, 5000),
    percent=st.none() | st.integers(0, 10000).map(lambda n: n / 100),
)


@given(limit=limits, of=st.integers(0, 100_000), count=st.integers(0, 100_000))
def test_more_changes_never_pass_more_easily(limit: Limit, of: int, count: int) -> None:
    """A larger loss must not slip through where a smaller one is held."""
    fewer = judge(count, of, limit, Filter()).level
    more = judge(count + 1, of, limit, Filter()).level
    assert LEVELS.index(fewer) <= LEVELS.index(more)


@given(percent=st.integers(1, 10000), hundreds=st.integers(1, 1000))
def test_a_share_equal_to_the_limit_passes_and_one_more_holds(percent: int, hundreds: int) -> None:
    """5 % of 1,000 is 50; no rounding of fractions moves that line, 0.07 % included."""
    of = hundreds * 10_000
    limit = Limit(percent=percent / 100)
    equal = of * percent // 10_000
    assert judge(equal, of, limit, Filter()).level is not Verdict.HOLD
    assert judge(equal + 1, of, limit, Filter()).level is Verdict.HOLD


@given(limit=limits, of=st.integers(0, 100_000), factor=st.integers(1, 10))
def test_nothing_to_do_passes_every_limit(limit: Limit, of: int, factor: int) -> None:
    """A limit of zero means: none. It does not hold a quiet night."""
    assert judge(0, of, limit, Filter(), factor=factor).level is Verdict.PASS


@given(count=st.integers(0, 100), of=st.integers(0, 19))
def test_under_the_minimum_population_a_cap_stands_in(count: int, of: int) -> None:
    """In a school of ten, 5 % would hold the first leaver."""
    judgement = judge(count, of, Limit(percent=5), Filter())
    assert (judgement.level is Verdict.HOLD) == (count > 5)
    assert judgement.limit == "5"


def test_whichever_of_count_and_percent_trips_first() -> None:
    """Ten percent of a city is a village; the count catches it."""
    limit = Limit(count=12, percent=5)
    assert judge(13, 1000, limit, Filter()).level is Verdict.HOLD
    assert judge(6, 100, limit, Filter()).level is Verdict.HOLD
    assert judge(9, 1000, limit, Filter()).level is Verdict.PASS
    assert judge(12, 1000, limit, Filter()).limit == "5% or 12"


@pytest.mark.parametrize(("count", "level"), [(39, Verdict.PASS), (40, Verdict.WARN)])
def test_it_warns_from_eighty_percent_of_the_limit(count: int, level: Verdict) -> None:
    """Somebody should look before the run is held."""
    assert judge(count, 1000, Limit(percent=5), Filter()).level is level


def _profile(name: str, begins: str, ends: str, percent: float) -> Profile:
    return Profile(
        name=name,
        begins=dt.date.fromisoformat(begins),
        ends=dt.date.fromisoformat(ends),
        person=Limits(delete=Limit(percent=percent)),
    )


def test_a_profile_changes_its_limits_on_its_days_and_leaves_the_others() -> None:
    """Back to school raises one limit for a fortnight; it switches nothing off."""
    settings = Filter(profile=[_profile("back to school", "2026-08-01", "2026-08-14", 40)])
    for day, name, percent in (
        ("07-31", "normal", 5),
        ("08-01", "back to school", 40),
        ("08-14", "back to school", 40),
        ("08-15", "normal", 5),
    ):
        found, limits_of_day = limits_on(settings, dt.date.fromisoformat(f"2026-{day}"))
        assert found == name
        assert limits_of_day["person", "delete"].percent == percent
        assert limits_of_day["person", "create"].percent == 25
        assert limits_of_day["membership", "delete"].percent == 20


def test_of_two_profiles_the_one_that_began_last_counts() -> None:
    """A narrow week inside a wide month is meant."""
    settings = Filter(
        profile=[
            _profile("week", "2026-08-10", "2026-08-16", 60),
            _profile("month", "2026-08-01", "2026-08-31", 30),
        ]
    )
    assert limits_on(settings, dt.date(2026, 8, 12))[0] == "week"
    assert limits_on(settings, dt.date(2026, 8, 20))[0] == "month"


def test_profiles_that_cannot_be_meant_are_refused() -> None:
    """A profile that never applies would be found out on the day it is needed."""
    with pytest.raises(SettingsError, match="before it begins"):
        check_filter(Filter(profile=[_profile("a", "2026-08-14", "2026-08-01", 9)]))
    twice = [_profile("a", "2026-08-01", "2026-08-02", 9)] * 2
    with pytest.raises(SettingsError, match="Two filter profiles"):
        check_filter(Filter(profile=twice))
    check_filter(Filter(profile=twice[:1]))


def test_a_limit_of_minus_three_percent_is_refused_with_the_reason() -> None:
    """A negative limit can only be a slip."""
    with pytest.raises(msgspec.ValidationError, match=r">= 0.0.*person\.delete\.percent"):
        msgspec.toml.decode("[person]\ndelete = { percent = -3 }", type=Filter)
