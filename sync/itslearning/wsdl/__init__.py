"""Our own WSDL and schemas of itslearning's services, written from the facts of imses-protocol.md.

Besides the client's contract they are what the local test site serves and checks against.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent

ENTERPRISE = FOLDER / "enterprise.wsdl"
"""IMS Enterprise Services: persons, extended persons, groups and memberships (section 3)."""

ENTERPRISE_SCHEMA = FOLDER / "enterprise.xsd"
"""Every message and header of IMS Enterprise Services, for an XML schema checker."""

DATA_SERVICE = FOLDER / "data_service.wsdl"
"""The Organisation API's DataService (section 8.2)."""

READ_DATA_SERVICE = FOLDER / "read_data_service.wsdl"
"""The Organisation API's ReadDataService (section 8.3)."""

ORGANISATION_SCHEMA = FOLDER / "organisation_messages.xsd"
"""Every message of the two Organisation API services."""

CALENDAR_SCHEMA = FOLDER / "calendar_messages.xsd"
"""The documents of Create, Update and Delete.Calendar.Event that AddMessage carries as text."""
