"""Names of the protocol, from imses-protocol.md sections 1 to 3: namespaces and operations."""

from __future__ import annotations

from dataclasses import dataclass

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
PLAIN_TYPE = (
    "http://docs.oasis-open.org/wss/2004/01/"
    "oasis-200401-wss-username-token-profile-1.0#PasswordText"
)
ADDRESSING_NONE = "http://schemas.microsoft.com/ws/2005/05/addressing/none"
DISPATCHER = "http://schemas.microsoft.com/net/2005/12/windowscommunicationfoundation/dispatcher"
XSI = "http://www.w3.org/2001/XMLSchema-instance"

PMS = "http://www.imsglobal.org/services/pms/xsd/imsPersonManMessSchema_v1p0"
PMS_DATA = "http://www.imsglobal.org/services/pms/xsd/imsPersonManDataSchema_v1p0"
GMS = "http://www.imsglobal.org/services/gms/xsd/imsGroupManMessSchema_v1p0"
GMS_DATA = "http://www.imsglobal.org/services/gms/xsd/imsGroupManDataSchema_v1p0"
MMS = "http://www.imsglobal.org/services/mms/xsd/imsMemberManMessSchema_v1p0"
MMS_DATA = "http://www.imsglobal.org/services/mms/xsd/imsMemberManDataSchema_v1p0"
COMMON = "http://www.imsglobal.org/services/common/imsCommonSchema_v1p0"
BIND = "http://www.imsglobal.org/services/common/imsMessBindSchema_v1p0"

TEMPURI = "http://tempuri.org/"
_CONTRACTS = "http://schemas.datacontract.org/2004/07/Itslearning.Integration.ContentImport"
DATA_ENTITIES = f"{_CONTRACTS}.Services.Entities"
READ_ENTITIES = f"{_CONTRACTS}.Model.ServiceEntities"
EVENT_ENTITIES = f"{_CONTRACTS}.Model.ServiceEntities.CalendarEvent"
ARRAYS = "http://schemas.microsoft.com/2003/10/Serialization/Arrays"
CALENDAR = "urn:message-schema"

MESSAGES = {"pms": PMS, "gms": GMS, "mms": MMS}

PERSON_PORT = "PersonManagementServiceSync"
EXTENDED_PORT = "ExtendedPersonManagementServiceSync"
GROUP_PORT = "GroupManagementServiceSync"
MEMBERSHIP_PORT = "MembershipManagementServiceSync"
COMBINED_PORT = "ImsEnterpriseServicesPort"
PORTS = (COMBINED_PORT, PERSON_PORT, EXTENDED_PORT, GROUP_PORT, MEMBERSHIP_PORT)


@dataclass(frozen=True)
class Operation:
    """One operation: where it lives and which of the two status shapes it answers with (1.6)."""

    name: str
    service: str
    port: str
    status_set: bool

    @property
    def namespace(self) -> str:
        """The message namespace of its request and response."""
        return MESSAGES[self.service]


def _operations() -> dict[str, Operation]:
    found: dict[str, Operation] = {}

    def add(service: str, port: str, names: str, status_set: bool) -> None:
        for name in names.split():
            action = f"http://www.imsglobal.org/soap/{service}/{name}"
            found[action] = Operation(name, service, port, status_set)

    add(
        "pms",
        PERSON_PORT,
        "createPerson updatePerson replacePerson deletePerson readPerson changePersonIdentifier",
        False,
    )
    add(
        "pms",
        PERSON_PORT,
        "createPersons updatePersons replacePersons deletePersons readPersons "
        "readPersonsForGroup changePersonsIdentifier",
        True,
    )
    add("pms", EXTENDED_PORT, "readAllPersons", False)
    add(
        "gms",
        GROUP_PORT,
        "createGroup updateGroup replaceGroup deleteGroup readGroup changeGroupIdentifier",
        False,
    )
    add(
        "gms",
        GROUP_PORT,
        "createGroups updateGroups replaceGroups deleteGroups readGroups "
        "readGroupsForPerson changeGroupsIdentifier",
        True,
    )
    add(
        "mms",
        MEMBERSHIP_PORT,
        "createMembership updateMembership replaceMembership deleteMembership readMembership "
        "changeMembershipIdentifier",
        False,
    )
    add(
        "mms",
        MEMBERSHIP_PORT,
        "createMemberships updateMemberships replaceMemberships deleteMemberships "
        "readMemberships readMembershipsForPerson readMembershipsForGroup "
        "changeMembershipsIdentifier",
        True,
    )
    return found


OPERATIONS = _operations()

# Schema enumerations (4, 4.2, 5, 6.2). A value outside them cannot be read into its type.
GENDERS = frozenset({"Male", "Female", "Gender"})
TELEPHONE_TYPES = frozenset({"1", "2", "3", "4", "Voice", "Fax", "Mobile", "Pager"})
RELATIONS = frozenset({"KnownAs", "Parent", "Child", "1", "2", "3"})
ID_TYPES = frozenset({"1", "2", "Person", "Group"})
INSTITUTION_ROLES = frozenset(
    {
        *("Student", "Faculty", "Member", "Learner", "Instructor", "Mentor", "Staff", "Alumni"),
        *("ProspectiveStudent", "Guest", "Other", "Administrator", "Observer", "Carer"),
    }
)
MEMBER_ROLES = (
    "Learner",
    "Instructor",
    "ContentDeveloper",
    "Member",
    "Manager",
    "Mentor",
    "Administrator",
    "TeachingAssistant",
)
# 01..08 are the same roles in the same order; reads show the names (6.2).
ROLE_NAMES = {name: name for name in (*MEMBER_ROLES, "Default", "Guest")} | {
    f"{number:02}": name for number, name in enumerate(MEMBER_ROLES, 1)
}

GROUP_TYPES = ("Unspecified", "Site", "School", "Course", "CourseGroup")
# INVENTED: the levels of Course and CourseGroup are not published (5); the others are.
LEVELS = {"Unspecified": -1, "Site": 0, "School": 1, "Course": 2, "CourseGroup": 3}
KNOWN_LEVELS = {-1: "Unspecified", 0: "Site", 1: "School"}
SCHEME = "ItslearningOrganisationTypes"
