"""The test installation as an ASGI application: its addresses, and the line it answers on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from sync.errors import SettingsError
from umstui.testsite import description, organisation, page
from umstui.testsite.installation import Answer, Installation, Prepared
from umstui.testsite.protocol import PORTS

ENTERPRISE_PATH = "/WCFServiceLibrary"
ORGANISATION_PATH = "/ContentImport"
# What a browser may be told to send here from another page is refused by the Host it names.
_LOOPBACK = {"127.0.0.1", "localhost", "[::1]"}

Lines = dict[tuple[str, int], asyncio.Transport]


def line_protocol(lines: Lines) -> type[H11Protocol]:
    """uvicorn's HTTP protocol, keeping its open connections in ``lines`` so that one can be cut."""

    class Line(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            lines[transport.get_extra_info("peername")[:2]] = transport
            super().connection_made(transport)

        def connection_lost(self, exc: Exception | None) -> None:
            lines.pop(self.transport.get_extra_info("peername")[:2], None)
            super().connection_lost(exc)

    return Line


class Endpoint:
    """One SOAP address."""

    def __init__(
        self,
        installation: Installation,
        lines: Lines,
        prepare: Callable[[str, bytes], Prepared],
        name: str,
    ) -> None:
        self._installation = installation
        self._lines = lines
        self._prepare = prepare
        self._name = name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a POST with SOAP, and a GET with the WSDL."""
        request = Request(scope, receive)
        if request.method != "POST":
            await self._described(request)(scope, receive, send)
            return
        content = await request.body()
        if request.headers.get("content-type", "").partition(";")[0].strip() != "text/xml":
            refused = PlainTextResponse("Only text/xml is taken, as SOAP 1.1 has it.", 415)
            await refused(scope, receive, send)
            return
        action = request.headers.get("soapaction", "").strip().strip('"')
        answer = await self._installation.answer(self._prepare, action, content)
        if answer.cut or answer.never:
            await self._let_go(answer, scope, receive)
            return
        response = Response(answer.content, answer.status, answer.headers, answer.content_type)
        await response(scope, receive, send)

    async def _let_go(self, answer: Answer, scope: Scope, receive: Receive) -> None:
        """Cuts the line, or waits until the client has had enough of waiting."""
        line = self._lines.get(tuple(scope["client"]))
        if answer.cut and line is not None:
            line.abort()
        while (await receive())["type"] != "http.disconnect":
            pass

    def _described(self, request: Request) -> Response:
        if request.method not in {"GET", "HEAD"}:
            return PlainTextResponse("Only POST is taken.", 405, {"Allow": "POST, GET"})
        address = f"{request.url.scheme}://{request.url.netloc}{request.url.path}"
        found = description.document(self._name, address, dict(request.query_params))
        if found is None:
            return PlainTextResponse("This is a SOAP service. Its description is at ?wsdl.", 404)
        return Response(found, media_type="text/xml; charset=utf-8")


async def _page(installation: Installation, request: Request) -> Response:
    """The page for people."""
    shown = page.Page(
        installation.state,
        installation.sites,
        installation.faults.described(),
        dict(request.query_params),
    )
    return HTMLResponse(shown.html(), headers=page.HEADERS)


async def _faults(installation: Installation, request: Request) -> Response:
    """The faults in force; POST {"faults": [...]} puts others in their place."""
    if request.method == "POST":
        if request.headers.get("content-type", "").partition(";")[0] != "application/json":
            return PlainTextResponse('Send JSON: {"faults": ["503:0.05"]}.', 415)
        try:
            wanted: Any = json.loads(await request.body())
            specs = wanted["faults"]
            if not isinstance(specs, list) or not all(isinstance(spec, str) for spec in specs):
                raise TypeError(specs)
        except (ValueError, TypeError, KeyError):
            return PlainTextResponse('Send JSON: {"faults": ["503:0.05"]}.', 400)
        try:
            installation.faults.replace(specs)
        except SettingsError as error:
            return PlainTextResponse(str(error), 400)
    return JSONResponse({"faults": installation.faults.described()})


class OnlyLocal:
    """Refuses requests that name another host: a web page must not reach the site by a name
    that was made to point here."""

    def __init__(self, application: Starlette) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on where its Host is this machine's own."""
        if scope["type"] == "http":
            host = next((value for name, value in scope["headers"] if name == b"host"), b"")
            if host.decode("latin-1").rpartition(":")[0] not in _LOOPBACK:
                refused = PlainTextResponse("The test site answers only to this machine.", 403)
                await refused(scope, receive, send)
                return
        await self._application(scope, receive, send)


def application(installation: Installation, lines: Lines) -> OnlyLocal:
    """The whole installation as one ASGI application."""
    routes = [
        Route(
            f"{ENTERPRISE_PATH}/{port}.svc",
            Endpoint(installation, lines, partial(installation.imses, port), port),
        )
        for port in PORTS
    ]
    routes.extend(
        Route(
            f"{ORGANISATION_PATH}/{service}.svc",
            Endpoint(
                installation,
                lines,
                partial(organisation.prepared, installation, service),
                service,
            ),
        )
        for service in ("DataService", "ReadDataService")
    )
    routes += [
        Route("/", partial(_page, installation), name="page"),
        Route("/faults", partial(_faults, installation), methods=["GET", "POST"], name="faults"),
    ]
    return OnlyLocal(Starlette(routes=routes))
