"""Timetable blocks as calendar events (imses-protocol.md section 8)."""

from __future__ import annotations

from xml.sax.saxutils import escape

import pytest
from lxml import etree

from sync.itslearning import wsdl
from tests.testsite import soap
from tests.testsite.soap import course, group, person

TEM = "http://tempuri.org/"
CONTRACTS = "http://schemas.datacontract.org/2004/07/Itslearning.Integration.ContentImport"
ITS = f"{CONTRACTS}.Services.Entities"
READ = f"{CONTRACTS}.Model.ServiceEntities"
CLIENT = ("client", "secret")
ARRAYS = "http://schemas.microsoft.com/2003/10/Serialization/Arrays"


class Client:
    """Calls the two services with credentials of their own."""

    def __init__(self, site, caller, user=CLIENT[0], password=CLIENT[1]):
        self.site, self.caller = site, caller
        self.header = soap.security(user, password)

    def call(self, operation, inner="", service="DataService"):
        url = self.site.organisation_api_url.replace("DataService", service)
        body = f'<t:{operation} xmlns:t="{TEM}">{inner}</t:{operation}>'
        response = self.caller.post(
            soap.envelope(body, self.header), f"{TEM}I{service}/{operation}", url
        )
        root = etree.fromstring(response.content)
        if response.status_code == 200:
            schema = etree.XMLSchema(etree.parse(wsdl.ORGANISATION_SCHEMA))
            schema.assertValid(root[1][0])
        return response.status_code, root

    def types(self):
        _, root = self.call("GetMessageTypes")
        return {
            entry.findtext(f"{{{ITS}}}Name"): int(entry.findtext(f"{{{ITS}}}Identifier"))
            for entry in root.iter(f"{{{ITS}}}DataMessageType")
        }

    def add(self, name, document):
        """Status and details of a message."""
        number = self.types().get(name, 999)
        inner = (
            f'<t:dataMessage xmlns:i="{ITS}"><i:Data>{escape(document)}</i:Data>'
            f"<i:Type>{number}</i:Type></t:dataMessage>"
        )
        _, root = self.call("AddMessage", inner)
        return outcome(root)


def outcome(root):
    details = [
        (detail.findtext(f"{{{ITS}}}Type"), detail.findtext(f"{{{ITS}}}Message"))
        for detail in root.iter(f"{{{ITS}}}DataMessageStatusDetail")
    ]
    return root.findtext(f".//{{{ITS}}}Status"), details


def event(key="e1", start="2026-01-12T07:00:00Z", end="2026-01-12T07:45:00Z", **fields):
    values = {"Title": "Maths", "UserSyncKey": "UMSTimetableUser", "CourseSyncKey": "k"} | fields
    order = ["Title", "Description", "SyncKeyRef", "UserSyncKey", "CourseSyncKey"]
    order.append("GroupHierarchySyncKey")
    values["SyncKeyRef"] = f"ID{key}"
    inner = "".join(
        f"<{name}>{values[name]}</{name}>" for name in order if values.get(name) is not None
    )
    times = f"<StartDateTime>{start}</StartDateTime><EndDateTime>{end}</EndDateTime>"
    return key, f"<Event>{times}{inner}</Event>"


def message(*events):
    keys = "".join(f'<SyncKey ID="ID{key}">{key}</SyncKey>' for key, _ in events)
    inner = "".join(inner for _, inner in events)
    return (
        f'<Message xmlns="urn:message-schema"><SyncKeys>{keys}</SyncKeys>'
        f"<Events>{inner}</Events></Message>"
    )


def deletion(*keys, protection=False):
    inner = "".join(f"<SyncKey>{key}</SyncKey>" for key in keys)
    flag = "<DeleteProtection>true</DeleteProtection>" if protection else ""
    return f'<Message xmlns="urn:message-schema"><SyncKeys>{inner}</SyncKeys>{flag}</Message>'


@pytest.fixture
def api(run):
    """A site with the Organisation API, a room, a group and the timetable user."""
    site, caller = run(api_user_name="client", api_password="secret")
    caller.groups("create", ("k", course("Maths")), ("g", group("G")))
    with site.seed() as seeding:
        seeding.timetable_user()
    return Client(site, caller)


def test_events_are_created_changed_and_deleted_at_once(api):
    """A timetable would be planned and never arrive."""
    assert api.add("Create.Calendar.Event", message(event(), event("e2"))) == ("Finished", [])
    assert [row["key"] for row in api.site.events()] == ["e1", "e2"]
    row = api.site.events()[0]
    assert (row["creator"], row["course"], row["title"]) == ("UMSTimetableUser", "k", "Maths")
    changed = message(event(Title="Physics", UserSyncKey=None, CourseSyncKey=None))
    assert api.add("Update.Calendar.Event", changed) == ("Finished", [])
    assert api.site.events()[0]["title"] == "Physics"
    assert api.site.events()[0]["course"] == "k"
    assert api.add("Delete.Calendar.Event", deletion("e1")) == ("Finished", [])
    assert api.add("Delete.Calendar.Event", deletion("e1", "e2")) == (
        "Warning",
        [("Warning", "Event 'e1' does not exist in itslearning")],
    )
    assert api.site.events() == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"UserSyncKey": "nobody"}, "creator 'nobody'"),
        ({"UserSyncKey": None}, "creator"),
        ({"CourseSyncKey": "nowhere"}, "course 'nowhere'"),
        ({"CourseSyncKey": None}, "neither course nor hierarchy"),
        ({"CourseSyncKey": None, "GroupHierarchySyncKey": "none"}, "hierarchy 'none'"),
        ({"Title": "x" * 81}, "80 characters"),
        ({"start": "2026-01-12T07:00:00"}, "StartDateTime"),
        ({"end": "2026-01-12T08:45:00+01:00"}, "EndDateTime"),
        ({"end": "2026-01-12T07:00:00Z"}, "after StartDateTime"),
        ({"end": "tomorrow"}, "EndDateTime"),
    ],
)
def test_what_cannot_be_an_event_is_an_error_and_the_others_are_made(api, fields, words):
    """One wrong block would take the whole week with it, or pass unseen."""
    status, details = api.add("Create.Calendar.Event", message(event("bad", **fields), event("ok")))
    assert status == "Error"
    assert len(details) == 1
    assert details[0][0] == "Error"
    assert words in details[0][1]
    assert [row["key"] for row in api.site.events()] == ["ok"]


def test_an_event_may_stand_in_a_hierarchy(api):
    """Classes have timetables too."""
    document = message(event(CourseSyncKey=None, GroupHierarchySyncKey="g"))
    assert api.add("Create.Calendar.Event", document) == ("Finished", [])
    assert api.site.events()[0]["hierarchy"] == "g"


def test_update_of_an_unknown_event_is_an_error(api):
    """A lost block would never come back."""
    assert api.add("Update.Calendar.Event", message(event("none"))) == (
        "Error",
        [("Error", "Event 'none' does not exist in itslearning")],
    )


def test_protected_and_locked_events_stay(api):
    """Teachers' content in a block must survive a delete, with the documented words."""
    api.add("Create.Calendar.Event", message(event(), event("locked")))
    with api.site.seed() as seeding:
        seeding.event_flags("e1", has_content=True)
        seeding.event_flags("locked", locked=True)
    status, details = api.add("Delete.Calendar.Event", deletion("e1", "locked", protection=True))
    assert status == "Error"
    assert details[0] == ("Warning", "Event 'e1' contains content and has not been deleted.")
    assert details[1][1].startswith("Event 'locked' cannot be deleted because the period is locked")
    assert len(api.site.events()) == 2
    assert api.add("Delete.Calendar.Event", deletion("e1")) == ("Finished", [])


def test_creating_again_updates_unless_the_site_refuses(run):
    """A resent create is the likely end of a lost answer; both reactions can be rehearsed."""
    site, caller = run(api_user_name="client", api_password="secret", api_create_again="refuse")
    caller.persons("create", person("UMSTimetableUser"))
    caller.groups("create", ("k", course("Maths")))
    client = Client(site, caller)
    assert client.add("Create.Calendar.Event", message(event()))[0] == "Finished"
    assert client.add("Create.Calendar.Event", message(event()))[0] == "Error"
    assert len(site.events()) == 1


def test_message_types_are_per_site_and_per_client(run):
    """Their numbers differ between environments; a client that writes them down would break."""
    site, caller = run(
        api_user_name="client",
        api_password="secret",
        api_first_message_id=7,
        api_messages=("Create.Calendar.Event", "Create.Extension.Instance"),
    )
    client = Client(site, caller)
    assert client.types() == {"Create.Calendar.Event": 7, "Create.Extension.Instance": 10}
    status, details = client.add("Delete.Calendar.Event", deletion("e"))
    assert (status, details[0][0]) == ("Error", "Error")


def test_other_messages_are_queued_and_finish_when_asked_for(run):
    """The client has to poll for them."""
    site, caller = run(
        api_user_name="client", api_password="secret", api_messages=("Create.Extension.Instance",)
    )
    client = Client(site, caller)
    assert client.add("Create.Extension.Instance", "<x/>") == ("InQueue", [])
    status, root = client.call("GetMessageResult", "<t:messageId>1</t:messageId>")
    assert (status, outcome(root)[0]) == (200, "Finished")
    _, root = client.call("GetMessageResult", "<t:messageId>99</t:messageId>")
    assert outcome(root)[0] == "Error"


@pytest.mark.parametrize("document", ["", "<Message/>", "no xml", "<!DOCTYPE a><Message/>"])
def test_a_broken_document_is_an_error_and_not_a_fault(api, document):
    """The reason must reach the person who reads the log."""
    status, details = api.add("Create.Calendar.Event", document)
    assert (status, details[0][0]) == ("Error", "Error")


def test_credentials_are_apart_from_those_of_the_site(api):
    """The two services are two contracts."""
    site, caller = api.site, api.caller
    for wrong in (
        Client(site, caller, soap.USER, soap.PASSWORD),
        Client(site, caller, "client", "no"),
        Client(site, caller, "", ""),
    ):
        assert wrong.call("GetMessageTypes")[0] == 500
    assert soap.Caller(site.url, "client", "secret").one("pms", "readPerson", "a").http == 500
    assert api.call("GetMessageTypes", service="ReadDataService")[0] == 500
    assert api.call("NoSuchThing")[0] == 500


def test_events_and_courses_can_be_read(api):
    """ReadCourses is the only list of all courses there is."""
    api.add("Create.Calendar.Event", message(event(Description="Room 12")))
    inner = (
        f'<t:request><v:SyncKeys xmlns:v="{READ}.CalendarEvent" xmlns:a="{ARRAYS}">'
        "<a:string>e1</a:string><a:string>none</a:string></v:SyncKeys></t:request>"
    )
    _, root = api.call("ReadCalendarEvent", inner, "ReadDataService")
    found = {
        element.tag.rpartition("}")[2]: element.text
        for element in root.find(f".//{{{READ}.CalendarEvent}}Event")
    }
    assert found == {
        "CourseSyncKey": "k",
        "Description": "Room 12",
        "EndDateTime": "2026-01-12T07:45:00Z",
        "StartDateTime": "2026-01-12T07:00:00Z",
        "SyncKey": "e1",
        "Title": "Maths",
        "UserSyncKey": "UMSTimetableUser",
    }
    inner = (
        f'<t:request xmlns:r="{READ}"><r:PageIndex>1</r:PageIndex><r:PageSize>5</r:PageSize>'
        "</t:request>"
    )
    _, root = api.call("ReadCourses", inner, "ReadDataService")
    assert root.findtext(f".//{{{READ}}}Total") == "1"
    assert root.findtext(f".//{{{READ}}}CourseSyncKey") == "k"
