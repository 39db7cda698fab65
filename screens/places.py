"""The screens on the digits, in their order."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A screen on a digit. ``made_by`` is ``module:class``, imported when first shown."""

    digit: str
    id: str
    title: str
    made_by: str
    sentence: str


PLACES: tuple[Place, ...] = (
    Place("1", "home", "Home", "screens.home:HomePage", "what needs you, and the last runs"),
    Place("2", "preview", "Preview", "screens.preview:PreviewPage", "what would change, and why"),
    Place(
        "3",
        "duplicates",
        "Duplicates",
        "screens.duplicates:DuplicatesPage",
        "persons with two accounts",
    ),
    Place(
        "4",
        "calendar",
        "Calendar",
        "screens.calendar:CalendarPage",
        "when deletes wait, and what falls due",
    ),
    Place(
        "5",
        "cleanup",
        "Clean-up",
        "screens.cleanup:CleanupPage",
        "empty UMS's memory, put keys in order",
    ),
    Place("6", "runs", "Runs", "screens.runs:RunsPage", "past runs, and the one under way"),
    Place(
        "7",
        "diagnose",
        "Diagnose",
        "screens.diagnose:DiagnosePage",
        "where a person or a room is, and why",
    ),
    Place("8", "settings", "Settings", "screens.settings:SettingsPage", "settings, and the check"),
)
