"""Every status text the test site can answer with: one table, and which of them are invented.

Only the texts with ``invented=False`` are documented for itslearning (imses-protocol.md). The
others stand where the real words are unknown: a client may show them, and must not depend on
them. The same holds for their minor codes, which are words of the IMS specification family;
``unknownobject`` alone has been seen.
"""

from __future__ import annotations

from typing import NamedTuple


class Text(NamedTuple):
    """The words of a status, its minor code, and whether both are our own invention."""

    words: str
    minor: str = ""
    invented: bool = True


class Result(NamedTuple):
    """What one item of a request ended in: the statusInfo of imses-protocol.md 1.5."""

    major: str = "success"
    severity: str = "status"
    minor: str = ""
    words: str = ""

    @property
    def failed(self) -> bool:
        """Whether the item was refused."""
        return self.major == "failure"


DONE = Result()

TEXTS: dict[str, Text] = {
    # Documented words
    "inserted": Text("Object did not exist, has been inserted instead", invented=False),
    "parent-portal": Text(
        "Parent portal is disabled for the customer, "
        "a new Child relationship could not be created.",
        invented=False,
    ),
    "default-profile": Text(
        "Some persons related to that group are returned with default profile "
        "because they are connected to not valid profiles",
        invented=False,
    ),
    "event-missing": Text("Event '{key}' does not exist in itslearning", invented=False),
    "event-content": Text(
        "Event '{key}' contains content and has not been deleted.", invented=False
    ),
    "event-locked": Text(
        "Event '{key}' cannot be deleted because the period is locked in given course "
        "(Course Id {id}).",
        invented=False,
    ),
    # Invented words, whatever the object
    "no-key": Text("The sourcedId is missing or empty.", "incompletedata"),
    "key-long": Text("The identifier is longer than {limit} characters.", "invaliddata"),
    "key-warn": Text("The identifier is longer than 64 characters.", ""),
    "no-data": Text("The object is missing in the request.", "incompletedata"),
    "missing-field": Text("The mandatory field {field} is missing or empty.", "incompletedata"),
    "too-long": Text("The field {field} is longer than {limit} characters.", "invaliddata"),
    "new-key-taken": Text("The identifier '{key}' is already in use.", "idallocinuse"),
    # Persons
    "person-unknown": Text("The person with identifier '{key}' does not exist.", "unknownobject"),
    "key-in-trash": Text(
        "The identifier '{key}' is already in use by the user 'unknown unknown'.", "idallocinuse"
    ),
    "user-name-taken": Text("The user name '{name}' is already in use.", "idallocinuse"),
    "user-name-in-trash": Text(
        "The user name '{name}' is already in use by the user 'unknown unknown'.", "idallocinuse"
    ),
    "profile-unmapped": Text(
        "The identifier cannot be changed: the profile of '{key}' is not mapped.", "invaliddata"
    ),
    "children-unknown": Text(
        "Some children do not exist and were skipped: {keys}.", "partialdatastorage"
    ),
    "convert-alone": Text(
        "ConvertFromManual can be used only with OnlyManuallyCreatedUsers.", "invaliddata"
    ),
    "paging": Text("PageIndex and PageSize must be 1 or more.", "invaliddata"),
    "read-all-off": Text(
        "ReadAllPersons is not switched on for this integration.", "unauthorisedrequest"
    ),
    # Groups
    "group-unknown": Text("The group with identifier '{key}' does not exist.", "unknownobject"),
    "site-fixed": Text("The Site cannot be created, changed or deleted.", "invaliddata"),
    "no-parent": Text("The relationship with the parent is missing.", "incompletedata"),
    "parent-unknown": Text("The parent '{key}' does not exist.", "unknownobject"),
    "cycle": Text("A group cannot be placed under itself.", "linkfailure"),
    "nested-school": Text("A School cannot be placed under another School.", "linkfailure"),
    "course-group-parent": Text("The parent of a CourseGroup must be a Course.", "linkfailure"),
    "type-unknown": Text("The group type '{type}' is not known.", "invaliddata"),
    "type-and-level": Text("The type and the level of the group do not agree.", "invaliddata"),
    "type-fixed": Text("The type cannot change from {old} to {new}.", "invaliddata"),
    "course-type": Text("A group with course fields must be of type Course.", "invaliddata"),
    "template-unknown": Text("The course template '{key}' does not exist.", "unknownobject"),
    "template-ordinary": Text("The course '{key}' is not a template.", "invaliddata"),
    "no-creator": Text("A course template needs a course creator.", "incompletedata"),
    "creator-unknown": Text("The course creator '{key}' does not exist.", "unknownobject"),
    "term-pair": Text("A term needs both its source and its target key.", "incompletedata"),
    # Memberships
    "membership-unknown": Text(
        "The membership with identifier '{key}' does not exist.", "unknownobject"
    ),
    "membership-fixed": Text(
        "The person and the group of a membership cannot change.", "invaliddata"
    ),
    "membership-twice": Text(
        "The person is already a member of the group under another identifier.", "idallocinuse"
    ),
    "id-type": Text("A member must be a person.", "invaliddata"),
    "home-type": Text("Only a Site or a School can be a home organisation.", "invaliddata"),
    "home-value": Text("HomeOrganisation must be 0 or 1.", "invaliddata"),
    # Organisation API
    "type-refused": Text("The message type {id} is not open to this client."),
    "message-unknown": Text("The message {id} does not exist."),
    "message-broken": Text("The message is not a valid document: {why}."),
    "event-no-creator": Text("The creator '{key}' of the event does not exist."),
    "event-no-course": Text("The course '{key}' does not exist."),
    "event-no-group": Text("The hierarchy '{key}' does not exist."),
    "event-no-target": Text("The event has neither course nor hierarchy."),
    "event-time": Text("{field} must be a date and time in UTC."),
    "event-order": Text("EndDateTime must be after StartDateTime."),
    "event-title": Text("The title is longer than 80 characters."),
    "event-no-key": Text("The event has no sync key."),
    "event-key-taken": Text("Event '{key}' already exists in itslearning."),
    "queued-type": Text("The test site keeps messages of this type and does nothing with them."),
}


def refused(name: str, /, **values: object) -> Result:
    """The failure of one item, with the words of TEXTS."""
    text = TEXTS[name]
    return Result("failure", "error", text.minor, text.words.format(**values))


def noted(name: str, /, **values: object) -> Result:
    """A success that carries a warning."""
    text = TEXTS[name]
    return Result("success", "warning", text.minor, text.words.format(**values))


def together(*results: Result) -> Result:
    """Several warnings about one item as one; successes without words are left out."""
    said = [result for result in results if result.words]
    if not said:
        return DONE
    if len(said) == 1:
        return said[0]
    minor = next((result.minor for result in said if result.minor), "")
    return Result("success", "warning", minor, " ".join(result.words for result in said))


class Refusal(Exception):
    """Raised inside an item's rules; ends this item and no other."""

    def __init__(self, name: str, /, **values: object) -> None:
        super().__init__(name)
        self.result = refused(name, **values)
