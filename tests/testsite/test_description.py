"""The WSDL as the site serves it."""

from __future__ import annotations

import pytest
import zeep
from lxml import etree
from zeep.wsse.username import UsernameToken

from tests.testsite import soap
from umstui import testsite

PORTS = {
    "PersonManagementServiceSync": 13,
    "ExtendedPersonManagementServiceSync": 1,
    "GroupManagementServiceSync": 13,
    "MembershipManagementServiceSync": 14,
}


def operations(client):
    found = {}
    for service in client.wsdl.services.values():
        for name, port in service.ports.items():
            assert port.binding_options["address"].startswith("http://127.0.0.1:")
            found[name.removeprefix("BasicHttpBinding_")] = len(port.binding._operations)
    return found


@pytest.fixture(scope="module")
def addresses(tmp_path_factory):
    """The base of the four services and the combined one."""
    sites = [testsite.Site(soap.USER, soap.PASSWORD, soap.ROOT)]
    with testsite.start(tmp_path_factory.mktemp("site"), sites=sites) as site:
        yield site


@pytest.mark.parametrize("query", ["?wsdl", "?singleWsdl"])
def test_a_soap_library_reads_all_operations_from_it(addresses, query):
    """A newcomer with SoapUI, or another client, could not call the site."""
    base = addresses.url.rpartition("/")[0]
    assert operations(zeep.Client(addresses.url + query)) == PORTS
    for port, count in PORTS.items():
        assert operations(zeep.Client(f"{base}/{port}.svc{query}")) == {port: count}


def test_the_single_document_stands_alone(addresses):
    """One file is what people pass on."""
    answer = soap.Caller(addresses.url).client.get(addresses.url + "?singleWsdl")
    root = etree.fromstring(answer.content)
    assert root.findall(".//{http://schemas.xmlsoap.org/wsdl/}import") == []
    imports = root.findall(".//{http://www.w3.org/2001/XMLSchema}import")
    assert imports
    assert not any(link.get("schemaLocation") for link in imports)


def test_a_call_made_from_it_works(addresses):
    """The description must be of this very service."""
    client = zeep.Client(
        addresses.url + "?wsdl",
        wsse=UsernameToken(soap.USER, soap.PASSWORD),
        port_name="BasicHttpBinding_PersonManagementServiceSync",
    )
    answer = client.service.readPerson(sourcedId={"identifier": "nobody"})
    header = answer.header.syncResponseHeaderInfo
    assert header.statusInfo.codeMajor == "failure"
    assert header.statusInfo.codeMinor.codeMinorField[0].codeMinorValue == "unknownobject"


@pytest.mark.parametrize("service", ["DataService", "ReadDataService"])
@pytest.mark.parametrize("query", ["?wsdl", "?singleWsdl"])
def test_the_organisation_api_is_described_too(addresses, service, query):
    """Its services have descriptions of their own."""
    address = addresses.organisation_api_url.replace("DataService", service)
    assert f"BasicHttpBinding_I{service}".removeprefix("BasicHttpBinding_") in operations(
        zeep.Client(address + query)
    )


@pytest.mark.parametrize("query", ["?wsdl=../__init__.py", "?xsd=nothing.xsd", "?xsd=../model.py"])
def test_only_the_parts_of_the_description_can_be_asked_for(addresses, query):
    """A path in the address would read other files."""
    assert soap.Caller(addresses.url).client.get(addresses.url + query).status_code == 404
