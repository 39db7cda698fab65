"""Which held places problem rows may stand for where no valid row makes them (rules.md 2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tests.rules.oracle_places import Activities, node_id
from tests.rules.oracle_rows import Row, Template


class Shelter:
    """What problem rows say of activities, and what the valid rows of these say."""

    def __init__(
        self, problem_rows: Iterable[Row], activities: Activities, templates: Sequence[Template]
    ) -> None:
        self._templates = templates
        self._activities = activities
        self._broken: dict[str, list[Row]] = {}
        for row in problem_rows:
            if row.activity:
                self._broken.setdefault(row.activity, []).append(row)

    @property
    def anything(self) -> bool:
        """Whether a problem row names an activity of which no row says what it is called."""
        return any(
            not any(row["Aktivitet"] for row in (*broken, *self._activities.rows.get(activity, [])))
            for activity, broken in self._broken.items()
        )

    def stands_for(
        self, item: Mapping[str, Any], *, made: frozenset[str] | None = None
    ) -> bool | None:
        """Whether problem rows alone stand for a held place; None where that is a guess.

        Sure is only an activity that has one name, no valid row, and gives the place's node id
        with the setting that the place remembers (readings.md 10). ``made`` is given for a place
        that valid rows make: the activities that make places of its kind, of which it is known
        what they stand for.
        """
        answers = [
            self._stands_for(item, activity)
            for activity in self._broken
            if activity not in (made or ())
        ]
        return True if True in answers else None if None in answers else False

    def _stands_for(self, item: Mapping[str, Any], activity: str) -> bool | None:
        broken, valid = self._broken[activity], self._activities.rows.get(activity, [])
        names = {(row["Aktivitet"], row["Kort_Betegnelse"]) for row in (*broken, *valid)}
        known = {pair for pair in names if pair[0]}
        # Without any name of the activity, it may be that of every place.
        guess = not known
        subjects = {row["Skolefag"] for row in (*broken, *valid)} - {""}
        for template in self._templates:
            used = template.site if item["kind"] == "course" else template.cohort
            for name, short_name in known:
                base = node_id(template.setting, name, short_name)
                if item["site_type"] == "Course":
                    exact = item["node_id"] in {f"{base}_{subject}" for subject in subjects}
                    guess |= item["node_id"].startswith(f"{base}_") or item["node_id"] == base
                else:
                    exact = item["node_id"] == base
                guess |= exact
                sure = len(names) == 1 and not valid and used is not None and not template.refused
                if exact and sure and item["setting_id"] in (None, template.setting["ID"]):
                    return True
        return None if guess else False
