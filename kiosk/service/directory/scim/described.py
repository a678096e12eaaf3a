"""What this service says of its SCIM doors (RFC 7643 sections 5, 6, 7; RFC 7644 section 4)."""

from __future__ import annotations

from kiosk.model.binding import Json
from kiosk.service.directory.scim.answers import MAX_COUNT, PageAsk, ScimResource, listed
from kiosk.service.directory.scim.reading import GROUP, USER
from kiosk.service.directory.scim.refusing import nothing_there
from kiosk.service.platform.problems import ScimProblemError

CONFIG = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
TYPE = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Schema"


def config(base: str) -> ScimResource:
    """The ``ServiceProviderConfig``. ``base``: the address of the SCIM doors."""
    return {
        "schemas": [CONFIG],
        "patch": {"supported": True},
        "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": True, "maxResults": MAX_COUNT},
        "changePassword": {"supported": False},
        "sort": {"supported": False},
        "etag": {"supported": True},
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "Bearer token",
                "description": "A token made by: kiosk admin directory token add",
                "specUri": "https://www.rfc-editor.org/info/rfc6750",
                "primary": True,
            }
        ],
        "meta": {"resourceType": "ServiceProviderConfig", "location": f"{base}/ServiceProviderConfig"},
    }


def types(base: str) -> dict[str, ScimResource]:
    """The ``ResourceType`` of each name."""
    return {
        name: {
            "schemas": [TYPE],
            "id": name,
            "name": name,
            "endpoint": f"/{name}s",
            "description": what,
            "schema": schema,
            "meta": {"resourceType": "ResourceType", "location": f"{base}/ResourceTypes/{name}"},
        }
        for name, schema, what in (
            ("User", USER, "Somebody who works here"),
            ("Group", GROUP, "Users; what roles it gives says the service's settings"),
        )
    }


def schemas(base: str) -> dict[str, ScimResource]:
    """The ``Schema`` of each URN."""
    of: dict[str, tuple[str, list[Json]]] = {USER: ("User", _user()), GROUP: ("Group", _group())}
    return {
        urn: {
            "schemas": [SCHEMA],
            "id": urn,
            "name": name,
            "description": f"What is kept of a {name}",
            "attributes": attributes,
            "meta": {"resourceType": "Schema", "location": f"{base}/Schemas/{urn}"},
        }
        for urn, (name, attributes) in of.items()
    }


def everything(known: dict[str, ScimResource], filtered: str | None) -> ScimResource:
    """All of them in one page. A filter is refused (RFC 7644 section 4)."""
    if filtered is not None:
        raise ScimProblemError(403, "", "What describes this service is not filtered.")
    return listed(list(known.values()), len(known), PageAsk(1, len(known)))


def one(known: dict[str, ScimResource], name: str) -> ScimResource:
    """The one of that name."""
    found = known.get(name)
    if found is None:
        raise nothing_there("description")
    return found


def _user() -> list[Json]:
    groups = [
        _text("value", "Id of the group", mutability="readOnly"),
        _reference("$ref", "Address of the group", "Group", "readOnly"),
        _text("display", "Name of the group", mutability="readOnly"),
        _text("type", "Always direct", mutability="readOnly"),
    ]
    return [
        _text("userName", "The login, kept in lower case", required=True, uniqueness="server"),
        _text("displayName", "The name as screens show it", required=True),
        _plain("active", "boolean", "False: nothing of theirs signs in", required=True),
        _many("groups", "Groups that the person is in", groups, "readOnly"),
    ]


def _group() -> list[Json]:
    members = [
        _text("value", "Id of the User", mutability="immutable"),
        _reference("$ref", "Address of the User", "User", "immutable"),
        _text("type", "Always User", mutability="immutable", values=["User"]),
    ]
    return [
        _text("displayName", "By which the settings know it", required=True, uniqueness="server"),
        _many("members", "Persons in it", members, "readWrite"),
    ]


def _plain(
    name: str, kind: str, what: str, *, required: bool = False, mutability: str = "readWrite"
) -> dict[str, Json]:
    return {
        "name": name,
        "type": kind,
        "description": what,
        "multiValued": False,
        "required": required,
        "mutability": mutability,
        "returned": "default",
    }


def _text(
    name: str,
    what: str,
    *,
    required: bool = False,
    mutability: str = "readWrite",
    uniqueness: str = "none",
    values: list[Json] | None = None,
) -> dict[str, Json]:
    known: dict[str, Json] = {} if values is None else {"canonicalValues": values}
    plain = _plain(name, "string", what, required=required, mutability=mutability)
    return {**plain, "caseExact": False, "uniqueness": uniqueness, **known}


def _reference(name: str, what: str, to: str, mutability: str) -> dict[str, Json]:
    plain = _plain(name, "reference", what, mutability=mutability)
    return {**plain, "caseExact": True, "uniqueness": "none", "referenceTypes": [to]}


def _many(name: str, what: str, parts: list[dict[str, Json]], mutability: str) -> dict[str, Json]:
    inner: list[Json] = [*parts]
    return {**_plain(name, "complex", what, mutability=mutability), "multiValued": True, "subAttributes": inner}
