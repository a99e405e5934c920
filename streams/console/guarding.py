"""What every request passes: its host, who it is, that a form comes from a page of ours; and what every answer says."""

import asyncio
import ipaddress
import logging
from collections.abc import Awaitable, Callable
from secrets import token_urlsafe
from urllib.parse import quote, urlsplit

from aiohttp import web

from streams.console.keys import CALLER, Caller, around, caller
from streams.console.viewers import PAUSE_SECONDS, SESSION_SECONDS, Viewers

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
COOKIE, TOKEN = "infobip_streams_console", "token"
#: Nothing of ours is written into a page as script or style, nothing comes from elsewhere, and nobody frames us.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Server": "infobip-streams",
}
#: Pages are kept nowhere; what they are made with is, under addresses that name the release.
KEPT = "max-age=86400"
#: Paths that are let through without anybody being known: what the page of signing in is made of, and it itself.
OPEN = ("/static/", "/sign-in")
SAFE = ("GET", "HEAD")


def is_known_host(host: str, names: frozenset[str]) -> bool:
    """Whether a Host header names us: by localhost, by an address in digits, or as jobs.yaml says.

    Whoever makes a name of theirs lead to this machine (DNS rebinding) has a page of theirs talk to us under that name.
    """
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    if name in names or name == "localhost":
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


@web.middleware
async def headers(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Say with each answer what a browser may do with it."""
    try:
        response = await handler(request)
    except web.HTTPException as answer:
        answer.headers.update(HEADERS)
        answer.headers.setdefault("Cache-Control", "no-store")
        raise
    response.headers.update(HEADERS)
    kept = KEPT if request.path.startswith("/static/") else "no-store"
    response.headers.setdefault("Cache-Control", kept)
    return response


@web.middleware
async def hosts(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse requests under a name that is not ours."""
    if not is_known_host(request.headers.get("Host", ""), frozenset(around(request).settings.hosts)):
        text = "This console is not known by that name: add it to console.hosts in jobs.yaml.\n"
        raise web.HTTPMisdirectedRequest(text=text)
    return await handler(request)


@web.middleware
async def viewers(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Find out who it is; whoever is unknown is led to where they sign in."""
    held = around(request)
    cookie = request.cookies.get(COOKIE, "")
    fresh = "" if cookie else token_urlsafe(32)
    header = held.settings.user_header
    found = held.viewers.viewer(cookie or fresh, request.headers.get(header) if header else None)
    CALLER.set(Caller(found, cookie or fresh))
    if found is None and not request.path.startswith(OPEN):
        if header is not None:
            raise web.HTTPUnauthorized(text=f"The proxy must say in {header} who looks.\n")
        raise web.HTTPSeeOther(f"/sign-in?to={quote(request.path_qs, safe='')}")
    response = await handler(request)
    if fresh and COOKIE not in response.cookies and not response.prepared:
        set_cookie(request, response, fresh)
    return response


@web.middleware
async def forms(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what would change something and does not come from a page that we have shown to the same session."""
    if request.method not in SAFE:
        given = (await request.post()).get(TOKEN, "")
        origin = request.headers.get("Origin")
        is_ours = origin is None or urlsplit(origin).netloc == request.headers.get("Host")
        if not is_ours or not isinstance(given, str) or not around(request).viewers.is_token(caller().session, given):
            log.warning("console_form_refused path=%s", request.path)
            raise web.HTTPForbidden(text="This form is too old, or not of this console: load the page anew.\n")
    return await handler(request)


def set_cookie(request: web.Request, response: web.StreamResponse, value: str) -> None:
    """Give the browser its cookie, for itself alone."""
    is_secure = request.secure or request.headers.get("X-Forwarded-Proto") == "https"
    response.set_cookie(
        COOKIE, value, max_age=int(SESSION_SECONDS), path="/", httponly=True, samesite="Strict", secure=is_secure
    )


class Door:
    """Signing in, one at a time: whoever guesses waits behind themselves."""

    def __init__(self, viewers: Viewers) -> None:
        self._viewers, self._turn = viewers, asyncio.Lock()

    async def sign_in(self, name: str, password: str) -> str | None:
        """The cookie of somebody who is who they say; None, after a while, for others."""
        async with self._turn:
            cookie = await asyncio.to_thread(self._viewers.sign_in, name, password)
            if cookie is None:
                log.warning("console_sign_in_refused")
                await asyncio.sleep(PAUSE_SECONDS)
            else:
                log.info("console_signed_in user=%s", name)
            return cookie


MIDDLEWARES = (headers, hosts, viewers, forms)
