"""Transport, credentials, headers and faults (imses-protocol.md 1.2 to 1.7 and 11)."""

from __future__ import annotations

import datetime as dt
from xml.etree import ElementTree as ET

import httpx
import pytest

from tests.testsite import soap
from tests.testsite.soap import NS, PMS, WSSE, WSU, envelope, extension, name, person, role, user
from umstui import testsite
from umstui.testsite import Site

CREATE = "http://www.imsglobal.org/soap/pms/createPersons"
READ = "http://www.imsglobal.org/soap/pms/readPerson"
READ_BODY = (
    f'<readPersonRequest xmlns="{PMS}"><sourcedId>'
    f'<identifier xmlns="{NS["c"]}">a</identifier></sourcedId></readPersonRequest>'
)
NONCE = f'<w:Nonce>bm9uY2U=</w:Nonce><u:Created xmlns:u="{WSU}">2020-01-01T00:00:00Z</u:Created>'
TYPE = (
    "http://docs.oasis-open.org/wss/2004/01/"
    "oasis-200401-wss-username-token-profile-1.0#PasswordText"
)


def stamp(minutes: int) -> str:
    created = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=minutes)
    return (
        f"<u:Timestamp><u:Created>{created:%Y-%m-%dT%H:%M:%SZ}</u:Created><u:Expires>"
        f"{created + dt.timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}</u:Expires></u:Timestamp>"
    )


NOW = "<now/>"  # stands for a time stamp of the moment of sending
SIBLING = "<c:relationship><c:relation>Sibling</c:relation></c:relationship>"
PLAIN = "<w:Password>s3cret &amp; more</w:Password>"


def token(inner: str = "", password: str = PLAIN) -> str:
    return (
        f'<w:Security xmlns:w="{WSSE}" xmlns:u="{WSU}">{inner}<w:UsernameToken>'
        f"<w:Username>{soap.USER}</w:Username>{password}</w:UsernameToken></w:Security>"
    )


@pytest.mark.parametrize(
    "header",
    [
        soap.security(),
        soap.security(extra=NONCE),
        soap.security().replace("<w:Security", '<w:Security s:mustUnderstand="1"'),
        token(password=f'<w:Password Type="{TYPE}">s3cret &amp; more</w:Password>'),
        token(NOW),
        soap.security()
        + '<a:Action xmlns:a="http://www.w3.org/2005/08/addressing">whatever</a:Action>',
    ],
    ids=["plain", "nonce", "must-understand", "typed", "timestamp", "addressing"],
)
def test_all_headers_that_working_clients_send_are_taken(run, header):
    """A client that works at itslearning would be refused here."""
    _, caller = run()
    sent = header.replace(NOW, stamp(0))
    reply = soap.read(caller.post(envelope(READ_BODY, sent), READ))
    assert (reply.http, reply.status.minor) == (200, "unknownobject")


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "InvalidSecurity"),
        (soap.security(password="wrong"), "FailedAuthentication"),
        (soap.security(user="nobody"), "FailedAuthentication"),
        (f'<w:Security xmlns:w="{WSSE}"/>', "InvalidSecurity"),
        (token(password=""), "InvalidSecurity"),
        (
            token(password=f'<w:Password Type="{TYPE[:-4]}Digest">x</w:Password>'),
            "InvalidSecurity",
        ),
        (
            token(password=f'<w:Password Type="{TYPE.lower()}">s3cret &amp; more</w:Password>'),
            "InvalidSecurity",
        ),
        (token(stamp(-60)), "InvalidSecurity"),
        (token(stamp(60)), "InvalidSecurity"),
        (soap.security() + '<x s:mustUnderstand="1"/>', "MustUnderstand"),
    ],
    ids=[
        "none",
        "wrong-password",
        "wrong-user",
        "no-token",
        "no-password",
        "digest",
        "type-in-lower-case",
        "stale",
        "from-the-future",
        "unknown-must-understand",
    ],
)
def test_wrong_headers_end_in_a_fault_and_never_in_a_status(run, header, code):
    """Refused credentials would look like refused data."""
    site, caller = run()
    reply = soap.read(caller.post(envelope(READ_BODY, header), READ))
    assert (reply.http, reply.fault, reply.statuses) == (500, code, [])
    assert site.requests()[-1]["http"] == 500


def test_credentials_select_the_site_and_sites_are_apart(tmp_path):
    """A person of one school would show up at another."""
    sites = [Site("one", "p1", "R1"), Site("two", "p2", "R2")]
    with testsite.start(tmp_path, sites=sites) as site:
        one, two = soap.Caller(site.url, "one", "p1"), soap.Caller(site.url, "two", "p2")
        assert one.persons("create", person("anna")).status.ok
        assert two.one("pms", "readPerson", "anna").status.minor == "unknownobject"
        assert two.persons("create", person("anna", "Other")).status.ok
        assert one.keys("gms", "readGroups", "R1", "R2").statuses[1].major == "failure"
        assert [row["first"] for row in site.persons("two")] == ["Other"]
        mixed = soap.Caller(site.url, "one", "p2")
        assert mixed.one("pms", "readPerson", "anna").http == 500


def test_the_answer_echoes_the_message_identifier_and_carries_a_timestamp(run):
    """The header layout is what strict clients fall over."""
    _, caller = run()
    header = (
        f'<h:syncRequestHeaderInfo xmlns:h="{NS["b"]}"><h:messageIdentifier>42 &amp; æ'
        "</h:messageIdentifier></h:syncRequestHeaderInfo>"
    )
    reply = caller.call("pms", "readPersons", header=header)
    assert (reply.message, reply.statuses, reply.in_set) == ("42 & æ", [], True)
    inner = "<sourcedIdSet><c:identifier>a</c:identifier></sourcedIdSet>"
    reply = caller.call("pms", "readPersons", inner, header)
    assert reply.status.reference == "42 & æ"
    root = ET.fromstring(reply.content)  # noqa: S314 (our own server)
    security = root.find(f".//{{{WSSE}}}Security")
    assert security.get(f"{{{soap.ENVELOPE}}}mustUnderstand") == "1"
    moments = [
        dt.datetime.fromisoformat(security.findtext(f".//{{{WSU}}}{field}"))
        for field in ("Created", "Expires")
    ]
    assert moments[1] - moments[0] == dt.timedelta(minutes=5)
    without = caller.call("pms", "readPersons", inner)
    assert (without.message, without.status.reference) == ("", "")


def test_soapaction_decides_and_must_fit_the_body(run):
    """A request could do another thing than its action says."""
    _, caller = run()
    assert soap.read(caller.post(envelope(READ_BODY), CREATE)).fault == "DeserializationFailed"
    assert soap.read(caller.post(envelope(READ_BODY), "")).fault == "ActionNotSupported"
    assert soap.read(caller.post(envelope(READ_BODY), READ + "Everything")).http == 500
    unquoted = caller.client.post(
        caller.url,
        content=envelope(READ_BODY),
        headers={"Content-Type": "text/xml", "SOAPAction": READ},
    )
    assert unquoted.status_code == 200


def test_each_single_service_serves_its_own_operations_only(run):
    """The four addresses of the documentation exist, beside the combined one."""
    _, caller = run()
    base = caller.url.rpartition("/")[0]
    expected = {
        "PersonManagementServiceSync": 200,
        "ExtendedPersonManagementServiceSync": 500,
        "GroupManagementServiceSync": 500,
        "MembershipManagementServiceSync": 500,
    }
    for port, status in expected.items():
        response = caller.post(envelope(READ_BODY), READ, f"{base}/{port}.svc")
        assert response.status_code == status, port


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<not-closed",
        b"<a/>",
        envelope(READ_BODY).replace(
            soap.ENVELOPE.encode(), b"http://www.w3.org/2003/05/soap-envelope"
        ),
        envelope(READ_BODY + READ_BODY),
        envelope(""),
        b'<!DOCTYPE s [<!ENTITY e "x">]>' + envelope(READ_BODY),
    ],
    ids=["empty", "cut", "no-soap", "soap-1.2", "two-bodies", "no-body", "doctype"],
)
def test_what_is_no_request_is_a_fault_and_the_site_goes_on(run, content):
    """One broken message would take the whole site down."""
    _, caller = run()
    assert soap.read(caller.post(content, READ)).http == 500
    assert caller.persons("create", person("a")).status.ok


def test_only_post_and_only_text_xml(run):
    """SOAP 1.1 over POST, nothing else."""
    _, caller = run()
    assert caller.client.put(caller.url, content=b"x").status_code == 405
    headers = {"Content-Type": "application/soap+xml", "SOAPAction": READ}
    answer = caller.client.post(caller.url, content=envelope(READ_BODY), headers=headers)
    assert answer.status_code == 415
    assert caller.client.get(caller.url).status_code == 404


def test_a_name_in_the_host_header_that_is_not_this_machine_is_refused(run):
    """A web page could reach the site through a name that points here."""
    _, caller = run()
    answer = caller.client.get(caller.url + "?wsdl", headers={"Host": "evil.example:80"})
    assert answer.status_code == 403
    assert httpx.URL(caller.url).host == "127.0.0.1"


@pytest.mark.parametrize(
    "inner",
    [
        "<p:demographics><p:gender>Male</p:gender><p:bday/></p:demographics>",
        "<p:demographics><p:bday>03-02-2001</p:bday></p:demographics>",
        "<p:demographics><p:gender>M</p:gender></p:demographics>",
        role().replace("true", "Yes"),
        "<p:tel><p:telType>Work</p:telType><p:telValue>1</p:telValue></p:tel>",
        f"<p:extension>{SIBLING}</p:extension>",
        f"<p:systemRole>Wizard</p:systemRole>{user('bad')}",
    ],
    ids=["empty-bday", "bday", "gender", "boolean", "telType", "relation", "systemRole"],
)
def test_one_bad_value_takes_the_whole_request_with_it(run, inner):
    """The client would send empty values and lose the other 49 persons at a real school."""
    site, caller = run()
    reply = caller.persons("create", person("good"), ("bad", name() + inner))
    assert (reply.http, reply.fault) == (500, "DeserializationFailed")
    assert "cannot be read" in reply.body.findtext("faultstring")
    assert b"03-02-2001" not in reply.content
    assert site.persons() == []


def test_missing_format_name_and_gender_are_taken(run):
    """Working clients leave both out, whatever the schema says."""
    site, caller = run()
    bday = "<p:demographics><p:bday>2001-02-03</p:bday></p:demographics>"
    nil = '<p:formatName x:nil="true"/>'
    reply = caller.persons(
        "create",
        ("a", name() + user("a") + bday + role()),
        ("b", nil + name() + user("b") + role()),
    )
    assert [status.ok for status in reply.statuses] == [True, True]
    assert len(site.persons()) == 2


def test_wrong_namespaces_lead_to_missing_fields_and_are_noted(run):
    """Data in a wrong namespace must not look as if it had arrived."""
    site, caller = run()
    wrong = person("a")[1].replace("<p:name>", "<c:name>").replace("</p:name>", "</c:name>")
    status = caller.persons("create", ("a", wrong)).status
    assert (status.major, status.minor) == ("failure", "incompletedata")
    inner = (
        "<personIdPairSet><personIdPair><sourcedId><identifier>a</identifier></sourcedId>"
        f"<person>{person('a')[1]}</person></personIdPair></personIdPairSet>"
    )
    assert caller.call("pms", "createPersons", inner).status.minor == "incompletedata"
    assert "identifier" in site.requests()[-1]["note"]


@pytest.mark.parametrize(("strict", "status"), [(True, 500), (False, 200)])
def test_elements_out_of_order_are_a_fault_unless_the_site_is_lenient(run, strict, status):
    """A client that sends the wrong order would find out at the first real school."""
    _, caller = run(strict_order=strict)
    reply = caller.persons("create", ("a", role() + name() + user("a")))
    assert reply.http == status


def test_limits_of_a_site_are_enforced(run):
    """A client could not be tried against a site that throttles."""
    _, caller = run(batch_maximum=2, operations_maximum=2)
    assert caller.persons("create", person("a"), person("b")).http == 200
    assert caller.persons("create", *(person(key) for key in "abc")).fault == "InternalServiceFault"


def test_the_log_counts_by_integration(run):
    """The real admin page shows these figures, and so must this one."""
    site, caller = run()
    caller.persons("create", person("a"), ("", ""), person("b"))
    caller.persons("update", person("c"))
    row, warned = site.requests()
    counted = [row[field] for field in ("site", "operation", "items", "success", "failure", "http")]
    assert counted == [soap.USER, "createPersons", 3, 2, 1, 200]
    assert (warned["warning"], warned["success"]) == (1, 0)
    many = [person(f"p{number}") for number in range(51)]
    caller.persons("create", *many)
    assert "more than the advised 50" in site.requests()[-1]["note"]


def test_extension_types_are_ignored_and_text_is_escaped(run):
    """Names with markup characters must come back as they were sent."""
    _, caller = run()
    odd = "&lt;b&gt; &amp; \u201cæøå\u201d"
    caller.persons(
        "create", ("a", name(odd) + user("a") + role() + extension("p", CustomString1=odd))
    )
    reply = caller.one("pms", "readPerson", "a")
    assert reply.texts(".//p:namePartValue")[0] == "<b> & \u201cæøå\u201d"
    assert reply.texts(".//c:fieldValue") == ["<b> & \u201cæøå\u201d"]
