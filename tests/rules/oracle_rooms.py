"""The end of rooms (rules.md 14) in plain Python."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from tests.rules.oracle_rows import Facts, role_of, word
from tests.rules.oracle_values import Held, Wanted


def end_rooms(
    wanted: Wanted,
    held_before: Held,
    settings: Mapping[str, Sequence[Facts]],
    day: dt.date,
    sheltered: set[str],
) -> None:
    """Count how long inactive rooms have been empty and let them go (readings.md 29).

    ``sheltered`` are keys of rooms that a problem row may stand for: never deleted.
    """
    by_id = {facts["ID"]: facts for facts in settings["itslearning_setting"]}
    for key, item in list(wanted.groups.items()):
        if item["kind"] != "course" or item["kept"]:
            continue
        setting = by_id[item["setting_id"]]
        over = item["parent_key"] == "UMSCoursesArchive"
        roles = {role_of(setting, learner=learner) for learner in (True, False)}
        learners = [
            member
            for (_, group), member in wanted.memberships.items()
            # Of a membership that is kept the role alone tells.
            if group == key
            and member.get(
                "learner", member["role"] != role_of(setting, learner=False) or len(roles) == 1
            )
        ]
        item["empty_since"] = item["archived"] = None
        held = held_before.groups.get(key)
        if over:
            item["archived"] = (held and held["archived"]) or day
        if not over or learners:
            continue
        item["empty_since"] = (held and held["empty_since"]) or day
        waited = (day - item["empty_since"]).days
        if waited >= setting["DeleteDaysAfterEnd"] and key not in sheltered:
            wanted.leaving[key] = "delete" if word(setting["DeleteSites"]) == "auto" else "forget"
            del wanted.groups[key]
            for pair in [pair for pair in wanted.memberships if pair[1] == key]:
                del wanted.memberships[pair]
