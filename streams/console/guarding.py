"""What every request passes: its host, who it is, that a form comes from a page of ours; and what every answer says."""

import asyncio
import ipaddress
import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from hashlib import blake2b
from secrets import token_bytes, token_urlsafe
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
#: What our pages send; other forms, and those in other letters, are not ours.
FORM, LETTERS = "application/x-www-form-urlencoded", (None, "utf-8")
#: The longest name that a proxy may say.
NAME_MAX = 200
#: Lines in which people wait who sign in, and how many wait in one.
LINES, LINE_MAX = 16, 10
_is_cookie = re.compile(r"[A-Za-z0-9_-]{43}").fullmatch


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
    if _is_cookie(cookie) is None:  # none of ours
        cookie = ""
    fresh = "" if cookie else token_urlsafe(32)
    header = held.settings.user_header
    named = named_by(request, header) if header and is_from(request.remote, held.settings.proxies) else None
    found = held.viewers.viewer(cookie or fresh, named)
    CALLER.set(Caller(found, cookie or fresh))
    if found is None and not request.path.startswith(OPEN):
        if header is not None:
            raise web.HTTPUnauthorized(text=f"The proxy must say in {header} who looks: one name, once.\n")
        raise _to_sign_in(request)
    response = await handler(request)
    if fresh and COOKIE not in response.cookies and not response.prepared:
        set_cookie(request, response, fresh)
    return response


@web.middleware
async def forms(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what would change something and does not come from a page that we have shown to the same session."""
    if request.method not in SAFE:
        given = (await _form(request)).get(TOKEN, "")
        if not _is_of_ours(request) or not around(request).viewers.is_token(caller().session, given):
            log.warning("console_form_refused page=%s", _page(request))
            raise web.HTTPForbidden(text="This form is too old, or not of this console: load the page anew.\n")
    return await handler(request)


async def _form(request: web.Request) -> Mapping[str, str]:
    """What a form says; texts, for no page of ours sends anything else. Raises HTTPException where it is none."""
    if request.content_type not in (FORM, "application/octet-stream") or request.charset not in LETTERS:
        raise web.HTTPUnsupportedMediaType(text="This is no form of this console's.\n")
    try:
        return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    except (UnicodeDecodeError, web.RequestPayloadError):
        raise web.HTTPBadRequest(text="This form cannot be read.\n") from None


def _is_of_ours(request: web.Request) -> bool:
    """Whether a browser says that a form comes from a page of ours, or does not say where it comes from."""
    origin = request.headers.get("Origin")
    try:
        return origin is None or urlsplit(origin).netloc == request.headers.get("Host")
    except ValueError:
        return False


def _page(request: web.Request) -> str:
    """Which page was asked for, as it is written in the code: whoever asks may have written anything there."""
    resource = request.match_info.route.resource
    return "none" if resource is None else resource.canonical


def is_from(peer: str | None, networks: Sequence[str]) -> bool:
    """Whether a request comes from one of these networks; where none is named, from anywhere."""
    try:
        address = ipaddress.ip_address(peer or "")
    except ValueError:
        return not networks
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return not networks or any((mapped or address) in ipaddress.ip_network(one) for one in networks)


def named_by(request: web.Request, header: str) -> str | None:
    """Whom a proxy names; None where it names nobody.

    Nor where two are named: a proxy that adds its word to one that came from outside has let somebody name themselves.
    """
    said = request.headers.getall(header, [])
    name = said[0].strip() if len(said) == 1 else ""
    return name if name.isprintable() and 0 < len(name) <= NAME_MAX else None


def _to_sign_in(request: web.Request) -> web.HTTPException:
    """Lead somebody to where they sign in, and from there to the page that they are on."""
    if request.headers.get("HX-Request") == "true":  # asked for by a page, for a part of itself: the page goes there
        return web.HTTPUnauthorized(headers={"HX-Redirect": _sign_in(_shown(request))})
    return web.HTTPSeeOther(_sign_in(request.path_qs if request.method in SAFE else "/"))


def _sign_in(to: str) -> str:
    return f"/sign-in?to={quote(to, safe='')}"


def _shown(request: web.Request) -> str:
    """The page that asks for a part of itself."""
    try:
        shown = urlsplit(request.headers.get("HX-Current-URL", "/"))
    except ValueError:
        return "/"
    return f"{shown.path}?{shown.query}" if shown.query else shown.path


def set_cookie(request: web.Request, response: web.StreamResponse, value: str) -> None:
    """Give the browser its cookie, for itself alone."""
    is_secure = request.secure or request.headers.get("X-Forwarded-Proto") == "https"
    response.set_cookie(
        COOKIE, value, max_age=int(SESSION_SECONDS), path="/", httponly=True, samesite="Strict", secure=is_secure
    )


class Door:
    """Signing in. Whoever guesses waits behind others who try the same name, and few others.

    Names share some lines, whether they are known or not: so nobody learns which are, and nobody who guesses keeps all
    others out.
    """

    def __init__(self, viewers: Viewers) -> None:
        self._viewers, self._salt = viewers, token_bytes(16)
        self._lines = [asyncio.Lock() for _ in range(LINES)]
        self._waiting = [0] * LINES

    async def sign_in(self, name: str, password: str) -> str | None:
        """The cookie of somebody who is who they say; None, after a while, for others.

        Raises HTTPTooManyRequests where too many wait in the same line.
        """
        number = self.line(name)
        if self._waiting[number] >= LINE_MAX:
            raise web.HTTPTooManyRequests(text="Too many try this at once: wait a little.\n")
        self._waiting[number] += 1
        try:
            async with self._lines[number]:
                return await self._sign_in(name, password)
        finally:
            self._waiting[number] -= 1

    def line(self, name: str) -> int:
        """In which line whoever has this name waits."""
        return blake2b(name.encode(errors="replace"), key=self._salt).digest()[0] % LINES

    async def _sign_in(self, name: str, password: str) -> str | None:
        cookie = await asyncio.to_thread(self._viewers.sign_in, name, password)
        if cookie is None:
            log.warning("console_sign_in_refused")
            await asyncio.sleep(PAUSE_SECONDS)
        else:
            log.info("console_signed_in user=%s", name)
        return cookie


MIDDLEWARES = (headers, hosts, viewers, forms)
