"""Signing in and out."""

import re

from aiohttp import web

from streams.console.guarding import COOKIE, Door, set_cookie
from streams.console.keys import around
from streams.console.pages import render

DOOR = web.AppKey("door", Door)
NAME_MAX, PASSWORD_MAX = 200, 1_000
#: A page of ours as a browser asks for it. Browsers leave out what is not printed, and take `\\` for `/`.
_is_page = re.compile(r"/(?!/)[!-\[\]-~]*").fullmatch


async def sign_in_page(request: web.Request) -> web.Response:
    """Where somebody says who they are."""
    if not around(request).settings.users:
        raise web.HTTPSeeOther("/")
    return await render(request, "sign_in.html", to=_ours(request.query.get("to", "/")), is_wrong=False)


async def sign_in(request: web.Request) -> web.Response:
    """Let somebody in who is who they say."""
    if not around(request).settings.users:
        raise web.HTTPSeeOther("/")
    form = await request.post()
    to = _ours(str(form.get("to", "/")))
    name, password = str(form.get("user", ""))[:NAME_MAX], str(form.get("password", ""))[:PASSWORD_MAX]
    cookie = await request.app[DOOR].sign_in(name, password)
    if cookie is None:
        return await render(request, "sign_in.html", answer=403, to=to, is_wrong=True)
    response = web.Response(status=303, headers={"Location": to})
    set_cookie(request, response, cookie)
    return response


async def sign_out(request: web.Request) -> web.Response:
    """Forget who somebody is."""
    around(request).viewers.sign_out(request.cookies.get(COOKIE, ""))
    raise web.HTTPSeeOther("/sign-in")


def _ours(to: str) -> str:
    """Where to go after that: a page of ours, and nowhere else."""
    return to if _is_page(to) else "/"
