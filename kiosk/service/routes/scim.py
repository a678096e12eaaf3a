"""SCIM 2.0 (RFC 7644): a directory says who comes and goes, by a bearer token of its own.

The token is looked at before the body is read, and once more in the transaction that carries the body out.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, TypeVar, cast

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import Connection

from kiosk.service.directory import pulling, tokens
from kiosk.service.directory.scim import answers, described, groups, reading, users
from kiosk.service.directory.scim.answers import ScimResource
from kiosk.service.directory.scim.groups import GroupChange
from kiosk.service.directory.scim.reading import ScimObject
from kiosk.service.directory.scim.reads import ReadBudget
from kiosk.service.directory.scim.refusing import bad_value, taken
from kiosk.service.directory.scim.speaker import HeldByBrakeError, ScimClient, held
from kiosk.service.platform.problems import SCIM_TYPE, ScimProblemError
from kiosk.service.routes.door import service_of, vouch
from kiosk.service.shared.context import Service
from kiosk.service.store.errors import StoreConflictError, StoreRefusedError
from kiosk.service.store.request_budget import storage_low

log = logging.getLogger("kiosk.service.directory")
T = TypeVar("T")
BASE = "/scim/v2"
TYPES = frozenset({"application/scim+json", "application/json"})
router = APIRouter(prefix=BASE, include_in_schema=False)


def _said(request: Request) -> str:
    scheme, _, said = request.headers.get("authorization", "").partition(" ")
    return said.strip() if scheme.lower() == "bearer" else ""


def _admitted(conn: Connection, service: Service, said: str) -> ScimClient:
    """Raises ``ScimProblemError`` 401."""
    now = service.now()
    token = tokens.read(conn, said, now)
    if token is None:
        raise ScimProblemError(401, "", "Send a bearer token that is good.", {"WWW-Authenticate": "Bearer"})
    giving = pulling.giving_from(service.settings.directory, service.rules)
    budgets, base = service.budgets, service.issuer + BASE
    return ScimClient(token.source, token.id, base, giving, now, budgets.application_rows, budgets.row_bytes)


async def speaking(request: Request) -> ScimClient:
    """Whose token it is."""
    service = service_of(request)
    speaker = await service.db.read(_admitted, service, _said(request))
    vouch(request, f"directory:{speaker.token}", "application")
    return replace(speaker, if_match=request.headers.get("if-match"))


TheScimClient = Annotated[ScimClient, Depends(speaking)]


async def _body(request: Request) -> ScimObject:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in TYPES:
        raise ScimProblemError(415, "", f"Send the body as {SCIM_TYPE}.")
    return reading.parse(await request.body())


async def _read(request: Request, speaker: ScimClient, look: Callable[[Connection], ScimResource]) -> ScimResource:
    """What ``look`` finds on one snapshot, if the token may read more in this minute."""
    budget = cast(ReadBudget, request.app.state.directory_reads)
    budget.take(speaker.token)
    found = await service_of(request).db.read(look)
    budget.spend(speaker.token, found)
    return found


async def _write(
    request: Request, speaker: ScimClient, act: Callable[[Connection, ScimClient], T], *, grows: bool = True
) -> T:
    """``act`` in one write transaction, if the token is good in it. ``grows``: whether it may add more than it ends."""
    service = service_of(request)
    if grows and service.storage.low():
        raise storage_low()

    def run(conn: Connection) -> T:
        again = _admitted(conn, service, _said(request))
        return act(conn, replace(again, if_match=speaker.if_match))

    try:
        return await service.db.write(run)
    except HeldByBrakeError as error:
        if await service.db.write(held, speaker, error.detail):
            log.warning("the directory: %s", error.detail)
        raise
    except StoreConflictError:
        raise taken("Somebody else has this name or id already.") from None
    except StoreRefusedError:
        raise bad_value("A text of this cannot be stored.") from None


def _answer(request: Request, resource: ScimResource, status: int = 200) -> Response:
    """One resource, as much of it as is wanted; 304 for whoever has this version already."""
    version = answers.version_of(resource)
    headers = {"ETag": version, "Location": answers.location_of(resource)}
    known = request.headers.get("if-none-match")
    if request.method == "GET" and known is not None and answers.same(known, version):
        return Response(status_code=304, headers=headers)
    body = answers.selection(request.query_params).of(resource)
    return Response(reading.whole(body), status, headers, SCIM_TYPE)


def _plain(body: ScimResource) -> Response:
    return Response(reading.whole(body), 200, media_type=SCIM_TYPE)


@router.get("/ServiceProviderConfig")
async def config(speaker: TheScimClient) -> Response:
    """What is supported."""
    return _plain(described.config(speaker.base))


@router.get("/ResourceTypes")
async def types(request: Request, speaker: TheScimClient) -> Response:
    """Users and Groups."""
    return _plain(described.everything(described.types(speaker.base), request.query_params.get("filter")))


@router.get("/ResourceTypes/{name}")
async def one_type(name: str, speaker: TheScimClient) -> Response:
    """One of them."""
    return _plain(described.one(described.types(speaker.base), name))


@router.get("/Schemas")
async def schemas(request: Request, speaker: TheScimClient) -> Response:
    """What is kept of them."""
    return _plain(described.everything(described.schemas(speaker.base), request.query_params.get("filter")))


@router.get("/Schemas/{name}")
async def one_schema(name: str, speaker: TheScimClient) -> Response:
    """Of one of them."""
    return _plain(described.one(described.schemas(speaker.base), name))


@router.get("/Users")
async def find_users(request: Request, speaker: TheScimClient) -> Response:
    """A page of Users."""
    query = request.query_params
    ask, wanted = answers.page(query), answers.selection(query)
    filtered = query.get("filter")
    return _plain(await _read(request, speaker, lambda conn: users.search(conn, speaker, ask, filtered, wanted)))


@router.get("/Users/{person}")
async def user(person: str, request: Request, speaker: TheScimClient) -> Response:
    """One User."""
    return _answer(request, await _read(request, speaker, lambda conn: users.read(conn, speaker, person)))


@router.post("/Users")
async def add_user(request: Request, speaker: TheScimClient) -> Response:
    """Somebody comes, or comes back."""
    body = await _body(request)
    return _answer(request, await _write(request, speaker, lambda conn, who: users.create(conn, who, body)), 201)


@router.put("/Users/{person}")
async def replace_user(person: str, request: Request, speaker: TheScimClient) -> Response:
    """A User anew."""
    body = await _body(request)
    return _answer(request, await _write(request, speaker, lambda conn, who: users.replace(conn, who, person, body)))


@router.patch("/Users/{person}")
async def patch_user(person: str, request: Request, speaker: TheScimClient) -> Response:
    """Parts of a User anew. Also on a disk that is nearly full: it may be that somebody is to be suspended."""
    body = await _body(request)
    act = functools.partial(users.patch, person=person, body=body)
    return _answer(request, await _write(request, speaker, act, grows=False))


@router.delete("/Users/{person}")
async def remove_user(person: str, request: Request, speaker: TheScimClient) -> Response:
    """Somebody leaves."""
    await _write(request, speaker, lambda conn, who: users.remove(conn, who, person), grows=False)
    return Response(status_code=204)


@router.get("/Groups")
async def find_groups(request: Request, speaker: TheScimClient) -> Response:
    """A page of Groups."""
    query = request.query_params
    ask, wanted = answers.page(query), answers.selection(query)
    filtered = query.get("filter")
    return _plain(await _read(request, speaker, lambda conn: groups.search(conn, speaker, ask, filtered, wanted)))


@router.get("/Groups/{group}")
async def one_group(group: str, request: Request, speaker: TheScimClient) -> Response:
    """One Group."""
    return _answer(request, await _read(request, speaker, lambda conn: groups.read(conn, speaker, group)))


async def _followed(request: Request, speaker: ScimClient, change: GroupChange) -> ScimResource | None:
    """The change's persons, some at a time; then the Group as it is."""
    for persons in change.parts():
        act = functools.partial(groups.follow, change=change, persons=persons)
        await _write(request, speaker, act, grows=False)
    return await _write(request, speaker, lambda conn, who: groups.finish(conn, who, change), grows=False)


@router.post("/Groups")
async def add_group(request: Request, speaker: TheScimClient) -> Response:
    """A new Group."""
    body = await _body(request)
    change = await _write(request, speaker, lambda conn, who: groups.create(conn, who, body))
    return _answer(request, await _followed(request, speaker, change) or {}, 201)


@router.put("/Groups/{group}")
async def replace_group(group: str, request: Request, speaker: TheScimClient) -> Response:
    """A Group anew."""
    body = await _body(request)
    change = await _write(request, speaker, lambda conn, who: groups.replace(conn, who, group, body))
    return _answer(request, await _followed(request, speaker, change) or {})


@router.patch("/Groups/{group}")
async def patch_group(group: str, request: Request, speaker: TheScimClient) -> Response:
    """Parts of a Group anew."""
    body = await _body(request)
    change = await _write(request, speaker, lambda conn, who: groups.patch(conn, who, group, body))
    return _answer(request, await _followed(request, speaker, change) or {})


@router.delete("/Groups/{group}")
async def remove_group(group: str, request: Request, speaker: TheScimClient) -> Response:
    """A Group ends; its members lose what it gave them."""
    change = await _write(request, speaker, lambda conn, who: groups.remove(conn, who, group), grows=False)
    await _followed(request, speaker, change)
    return Response(status_code=204)


@router.api_route("/.search", methods=["POST"])
@router.api_route("/Users/.search", methods=["POST"])
@router.api_route("/Groups/.search", methods=["POST"])
@router.api_route("/Bulk", methods=["POST"])
@router.api_route("/Me", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
async def not_supported(speaker: TheScimClient) -> Response:
    """501 (RFC 7644 sections 3.4.3, 3.7, 3.11)."""
    raise ScimProblemError(501, "", "This is not supported here. See ServiceProviderConfig.")
