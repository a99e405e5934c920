"""An Infobip that keeps subscriptions, profiles and security settings, as far as its published schema goes."""

from typing import Any

import httpx
import jsonschema
import orjson
from aiohttp import web

from tests.openapi import read_published

ROOT = "/subscriptions/1/"
ID_NAMES = {"subscription": "subscriptionId", "profiles": "profileId", "security": "authId"}
MISSING = {"requestError": {"serviceException": {"messageId": "NOT_FOUND", "text": "There is none."}}}
TAKEN = {"requestError": {"serviceException": {"messageId": "BAD_REQUEST", "text": "There is one."}}}

Asked = tuple[str, str, Any]


class SubscriptionKeeper:
    """What is kept, by its path behind the root; `asked` are all requests as they came.

    `hides_secrets`: credentials are not shown again, which the published schema leaves open.
    """

    def __init__(self, *, hides_secrets: bool = False) -> None:
        self.kept: dict[str, dict[str, Any]] = {}
        self.asked: list[Asked] = []
        self.hides_secrets = hides_secrets

    @property
    def changes(self) -> list[Asked]:
        """All requests but questions."""
        return [one for one in self.asked if one[0] != "GET"]

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        """Answer one request."""
        self.asked.append((method, path, body))
        place, id_name = path.removeprefix(ROOT), ID_NAMES[path.removeprefix(ROOT).partition("/")[0]]
        match method:
            case "POST" if f"{place}/{body[id_name]}" in self.kept:
                return 400, TAKEN
            case "POST":
                self.kept[f"{place}/{body[id_name]}"] = body
                return 201, {id_name: body[id_name]}
            case _ if place not in self.kept:
                return 404, MISSING
            case "PUT":
                self.kept[place] = {id_name: place.rpartition("/")[2], **body}
                return 200, {id_name: place.rpartition("/")[2]}
        hidden = {"credentials"} if self.hides_secrets else set()
        return 200, {name: value for name, value in self.kept[place].items() if name not in hidden}

    async def by_httpx(self, request: httpx.Request) -> httpx.Response:
        """Answer as a transport of the client's."""
        body = orjson.loads(request.content) if request.content else None
        status, answer = self.answer(request.method, request.url.path, body)
        return httpx.Response(status, json=answer)

    async def by_aiohttp(self, request: web.Request) -> web.Response:
        """Answer as a server."""
        raw = await request.read()
        status, answer = self.answer(request.method, request.path, orjson.loads(raw) if raw else None)
        return web.json_response(answer, status=status)


def faults_of(asked: Asked) -> list[str]:
    """What is wrong with a request by the published schema; a channel's own events are told by its schema's name."""
    method, path, body = asked
    document = read_published("subscriptions-api")
    parts = path.removeprefix(ROOT).split("/")
    names = ["{channel}", "{subscriptionId}"] if parts[0] == "subscription" else [f"{{{ID_NAMES[parts[0]]}}}"]
    operation = document["paths"][ROOT + "/".join([parts[0], *names[: len(parts) - 1]])][method.lower()]
    if body is None:
        return [] if "requestBody" not in operation else ["has no body"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    if parts[0] == "subscription":
        sort = "SubscriptionRequest" if method == "POST" else "NoIdSubscriptionRequest"
        schema = _of_channel(document, schema, parts[1].replace("_", "") + sort)
    whole = {"components": document["components"], "allOf": [schema]}
    return [error.message for error in jsonschema.Draft202012Validator(whole).iter_errors(body)]


def _of_channel(document: Any, schema: Any, name: str) -> Any:
    forms = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]["oneOf"]
    (form,) = [one for one in forms if one["$ref"].rpartition(".")[2].lower() == name.lower()]
    return form
