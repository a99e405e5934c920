"""An Infobip that keeps configurations of inbound messages, as far as its published schema goes; and has an inbox."""

from collections.abc import Mapping
from typing import Any

import httpx
import jsonschema
import orjson
from aiohttp import web

from tests.openapi import read_published

ROOT = "/resource-management/1/inbound-message-configurations"
INBOXES = ("/sms/1/inbox/reports", "/mms/1/inbox/reports")
NUMBER = "447860099299"

Asked = tuple[str, str, Mapping[str, str], Any]


class ConfigurationKeeper:
    """What is kept, by its key; `asked` are all requests as they came, and `inbox` is handed out once.

    There is one configuration for each number, channel and keyword, whatever its case: who posts it again changes it.
    Of which number one is, is not told. `status` is what changes are answered with instead.
    """

    def __init__(self, *there: Mapping[str, Any]) -> None:
        self.kept: dict[str, dict[str, Any]] = {}
        self.asked: list[Asked] = []
        self.inbox: list[dict[str, Any]] = []
        self.status: int | None = None
        for one in there:
            self.put({"channel": "SMS", "number": NUMBER, **one}, one.get("configurationKey"))

    @property
    def changes(self) -> list[Asked]:
        """All requests but questions."""
        return [one for one in self.asked if one[0] != "GET"]

    def put(self, body: Mapping[str, Any], key: str | None = None) -> str:
        """Make a configuration, or change the one of its place; its key."""
        place = _place(body)
        key = next((known for known, one in self.kept.items() if _place(one) == place), key or f"KEY{len(self.kept)}")
        self.kept[key] = {**self.kept.get(key, {}), **body, "configurationKey": key}
        return key

    def answer(self, method: str, path: str, query: Mapping[str, str], body: Any) -> tuple[int, Any]:
        """Answer one request."""
        self.asked.append((method, path, query, body))
        if path in INBOXES:
            told, self.inbox = self.inbox, []
            return 200, {"results": told}
        if method == "GET":
            wanted = (query["channel"], query["number"])
            found = [one for one in self.kept.values() if (one["channel"], one["number"]) == wanted]
            return 200, [_shown(one) for one in found]
        if self.status is not None:
            return self.status, {}
        if method == "POST":
            return 200, _shown(self.kept[self.put(body)])
        return (204, None) if self.kept.pop(path.rpartition("/")[2], None) is not None else (404, None)

    async def by_httpx(self, request: httpx.Request) -> httpx.Response:
        """Answer as a transport of the client's."""
        body = orjson.loads(request.content) if request.content else None
        status, answer = self.answer(request.method, request.url.path, dict(request.url.params), body)
        return httpx.Response(status) if answer is None else httpx.Response(status, json=answer)

    async def by_aiohttp(self, request: web.Request) -> web.Response:
        """Answer as a server."""
        raw = await request.read()
        status, answer = self.answer(
            request.method, request.path, dict(request.query), orjson.loads(raw) if raw else None
        )
        return web.Response(status=status) if answer is None else web.json_response(answer, status=status)


def _place(one: Mapping[str, Any]) -> tuple[str, str, str]:
    return one["channel"], one["number"], one.get("keyword", "").upper()


def _shown(one: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in one.items() if name != "number"}


def faults_of(asked: Asked) -> list[str]:
    """What is wrong with a request by the published schema; nothing may be said that it does not name."""
    method, path, query, body = asked
    document = read_published("resources")
    whole = path if path == ROOT else f"{ROOT}/{{configurationKey}}"
    operation = document["paths"][whole][method.lower()]
    named = {one["name"]: one.get("required", False) for one in operation.get("parameters", ()) if one["in"] == "query"}
    faults = [f"unknown parameter {name}" for name in query if name not in named]
    faults += [f"without parameter {name}" for name, required in named.items() if required and name not in query]
    if "requestBody" not in operation:
        return faults + ([] if body is None else ["has a body"])
    form = _chosen(document, operation["requestBody"]["content"]["application/json"]["schema"], body["channel"])
    forwarding = _found(document, form)["allOf"][1]["properties"]["forwarding"]
    said = {name: value for name, value in body.items() if name != "forwarding"}
    faults += _errors(document, form, said)
    return faults + _errors(document, _chosen(document, forwarding, body["forwarding"]["type"]), body["forwarding"])


def _chosen(document: Any, schema: Any, name: str) -> dict[str, str]:
    """The form that a discriminator names; its base where it names none."""
    found = _found(document, schema)
    return {"$ref": found["discriminator"]["mapping"].get(name, schema["$ref"])}


def _found(document: Any, schema: Any) -> Any:
    return document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]


def _errors(document: Any, schema: Any, said: Any) -> list[str]:
    whole = {"components": document["components"], **schema, "unevaluatedProperties": False}
    return [error.message for error in jsonschema.Draft202012Validator(whole).iter_errors(said)]
