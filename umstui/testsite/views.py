"""What the page for people can list: the columns, and where their values come from."""

from __future__ import annotations

from dataclasses import dataclass

# Passwords are never kept; birthdays are kept for reads and shown to nobody.


@dataclass(frozen=True)
class View:
    """One list of the page. ``query`` has its rows, with the conditions still to come."""

    name: str
    title: str
    columns: tuple[str, ...]
    query: str
    order: str
    searched: tuple[str, ...]
    empty: str


_NAME = "person.first || ' ' || person.last"
_MEMBERS = "(SELECT count(*) FROM membership WHERE membership.hierarchy = hierarchy.id)"

_TREE = (
    "WITH RECURSIVE tree (id, depth, path) AS ("
    "SELECT id, 0, title FROM hierarchy WHERE parent IS NULL UNION ALL "
    "SELECT below.id, tree.depth + 1, tree.path || char(31) || below.title || char(31) || below.id "
    "FROM hierarchy below JOIN tree ON below.parent = tree.id) "
)

_PERSON = (
    "SELECT person.key AS Key, person.user_name AS 'User name', "
    f"{_NAME} AS Name, person.profile AS Profile, person.email AS 'E-mail', "
    "coalesce(home.title, '') AS Home, person.id AS link_person "
    "FROM person LEFT JOIN hierarchy home ON home.id = person.home "
    "WHERE person.site = ? AND person.trashed IS "
)

VIEWS = {
    view.name: view
    for view in (
        View(
            "persons",
            "Persons",
            ("Key", "User name", "Name", "Profile", "E-mail", "Home"),
            f"{_PERSON} NULL",
            "person.id",
            ("person.key", "person.user_name", _NAME, "person.profile", "person.email"),
            "Nobody is here yet.",
        ),
        View(
            "groups",
            "Groups",
            ("Title", "Key", "Type", "Members"),
            f"{_TREE} SELECT tree.depth AS depth, hierarchy.title AS Title, "
            "hierarchy.key AS Key, hierarchy.type AS Type, "
            f"{_MEMBERS} AS Members, hierarchy.id AS link_group "
            "FROM tree JOIN hierarchy ON hierarchy.id = tree.id WHERE hierarchy.site = ?",
            "tree.path",
            ("hierarchy.title", "hierarchy.key", "hierarchy.type"),
            "There is nothing but the root.",
        ),
        View(
            "courses",
            "Courses",
            ("Title", "Key", "Code", "State", "Copied from", "Group"),
            "SELECT course.title AS Title, course.key AS Key, course.code AS Code, "
            "CASE WHEN course.template THEN 'template' ELSE course.state END AS State, "
            "course.copied_from AS 'Copied from', hierarchy.title AS 'Group', "
            "hierarchy.id AS link_group FROM course "
            "LEFT JOIN hierarchy ON hierarchy.id = course.hierarchy WHERE course.site = ?",
            "course.id",
            ("course.title", "course.key", "course.state", "course.copied_from"),
            "There are no courses yet.",
        ),
        View(
            "memberships",
            "Memberships",
            ("Person", "User name", "Group", "Role", "Key"),
            f"SELECT {_NAME} AS Person, person.user_name AS 'User name', "
            "hierarchy.title AS 'Group', membership.role AS Role, membership.key AS Key, "
            "person.id AS link_person, hierarchy.id AS link_group FROM membership "
            "JOIN person ON person.id = membership.person "
            "JOIN hierarchy ON hierarchy.id = membership.hierarchy WHERE membership.site = ?",
            "membership.id",
            (_NAME, "person.user_name", "hierarchy.title", "membership.role", "membership.key"),
            "Nobody is a member of anything here.",
        ),
        View(
            "events",
            "Calendar events",
            ("Starts", "Ends", "Title", "Course", "Key"),
            "SELECT event.starts AS Starts, event.ends AS Ends, event.title AS Title, "
            "coalesce(course.title, hierarchy.title) AS Course, event.key AS Key FROM event "
            "LEFT JOIN course ON course.id = event.course "
            "LEFT JOIN hierarchy ON hierarchy.id = event.hierarchy WHERE event.site = ?",
            "event.starts, event.id",
            ("event.title", "event.key", "course.title", "event.starts"),
            "There are no timetable blocks.",
        ),
        View(
            "trash",
            "Trash",
            ("Key", "User name", "Name", "Profile", "Deleted"),
            _PERSON.replace("coalesce(home.title, '') AS Home", "person.trashed AS Deleted")
            + "NOT NULL",
            "person.trashed DESC",
            ("person.key", "person.user_name", _NAME),
            "The trash is empty.",
        ),
        View(
            "requests",
            "Requests",
            ("At", "Operation", "Items", "Success", "Warning", "Failure", "HTTP", "ms", "Note"),
            "SELECT request.at AS At, operation AS Operation, items AS Items, "
            "success AS Success, warning AS Warning, failure AS Failure, http AS HTTP, "
            "milliseconds AS ms, note AS Note FROM request "
            "WHERE (request.site = ? OR request.site IS NULL)",
            "request.id DESC",
            ("operation", "note", "http", "request.message"),
            "No request has come yet.",
        ),
    )
}
