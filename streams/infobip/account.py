"""Questions to an account, and what it must hold before a job runs: the key, custom attributes, tags."""

from http import HTTPStatus
from typing import Any

from pydantic import ValidationError

from schemas.infobip.people import CustomAttribute, CustomAttributePage
from schemas.infobip.templates import Template, TemplateList
from schemas.operations import (
    CREATE_ATTRIBUTE,
    CREATE_TAG,
    GET_TAG,
    LIST_ATTRIBUTES,
    LIST_PERSONS,
    LIST_WHATSAPP_TEMPLATES,
)
from streams.calls.call import Call, Reply
from streams.calls.faults import is_duplicate, told
from streams.errors import Refused
from streams.infobip.client import Client

PAGE_SIZE = 1000


async def check(client: Client) -> None:
    """Prove that the address answers and that the key may read people; one try.

    Raises:
        Unauthorized: the key is refused.
        Forbidden: the key lacks a scope.
        Unreachable: there was no answer.
        Refused: there was an answer, but not Infobip's.

    """
    call = Call(LIST_PERSONS, query={"limit": "1"})
    reply = await client.ask(call)
    if reply.status != HTTPStatus.OK or not isinstance(reply.body, dict | list):
        raise Refused(f"{client.address}{call.path} {told(reply.status, reply.body)}: this is not Infobip's People API")


async def prove(client: Client, question: Call) -> None:
    """Prove that the address answers and that the key may ask this; one try. Raises as `check`."""
    reply = await client.ask(question)
    if reply.status != HTTPStatus.OK or not isinstance(reply.body, dict):
        raise Refused(f"{client.address}{question.path} {told(reply.status, reply.body)}: this is not Infobip's API")


async def upload(client: Client, call: Call) -> str:
    """Upload a file, however long it takes; what Infobip calls it."""
    body = _expect(call, await client.perform(call))
    name = body.get("uploadedContentId") if isinstance(body, dict) else None
    if not isinstance(name, str):
        raise Refused(f"{call.operation} answered without the id of what was uploaded")
    return name


async def read_attributes(client: Client, *, wait: bool = False) -> dict[str, CustomAttribute]:
    """Read the account's custom attributes by name; an account without any answers 404."""
    known: dict[str, CustomAttribute] = {}
    for page in range(1, 1000):
        query = {"limit": str(PAGE_SIZE), "page": str(page)}
        call = Call(LIST_ATTRIBUTES, query=query, accepts_any_answer=True)
        reply = await _send(client, call, wait=wait)
        if reply.status == HTTPStatus.NOT_FOUND:
            break
        found = _attributes(_expect(call, reply))
        fresh = {attribute.name: attribute for attribute in found if attribute.name not in known}
        known |= fresh
        # Nothing new on a full page: the account does not turn pages, and would be asked for ever.
        if len(found) < PAGE_SIZE or not fresh:
            break
    return known


async def create_attribute(client: Client, name: str, data_type: str, *, wait: bool = False) -> None:
    """Create a custom attribute; one of that name that is there already is left as it is."""
    body = {"name": name, "dataType": data_type}
    call = Call(CREATE_ATTRIBUTE, body, accepts_any_answer=True)
    reply = await _send(client, call, wait=wait)
    if not is_duplicate(reply.status, reply.body):
        _expect(call, reply)


async def tag_exists(client: Client, name: str, *, wait: bool = False) -> bool:
    """Whether the account has a tag of this name."""
    call = Call(GET_TAG, path=GET_TAG.path_of(name), accepts_any_answer=True)
    reply = await _send(client, call, wait=wait)
    if reply.status == HTTPStatus.NOT_FOUND:
        return False
    _expect(call, reply)
    return True


async def ensure_tag(client: Client, name: str, *, wait: bool = False) -> bool:
    """Create a tag that is missing; say whether it was."""
    if await tag_exists(client, name, wait=wait):
        return False
    call = Call(CREATE_TAG, {"name": name}, accepts_any_answer=True)
    reply = await _send(client, call, wait=wait)
    if is_duplicate(reply.status, reply.body):  # another process was faster, or our first answer was lost
        return False
    _expect(call, reply)
    return True


async def read_templates(client: Client, sender: str) -> list[Template] | None:
    """Read the WhatsApp templates of a sender; None where the account has no such sender."""
    call = Call(LIST_WHATSAPP_TEMPLATES, path=LIST_WHATSAPP_TEMPLATES.path_of(sender))
    reply = await client.ask(call)
    if reply.status == HTTPStatus.NOT_FOUND:
        return None
    try:
        return TemplateList.model_validate(_expect(call, reply)).templates
    except ValidationError:
        raise Refused("list_whatsapp_templates answered in a form that is not Infobip's") from None


async def _send(client: Client, call: Call, *, wait: bool) -> Reply:
    return await (client.perform(call) if wait else client.ask(call))


def _expect(call: Call, reply: Reply) -> Any:
    if not HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES:
        raise Refused(f"{call.operation} ({call.method} {call.path}) {told(reply.status, reply.body)}")
    return reply.body


def _attributes(body: Any) -> list[CustomAttribute]:
    """Read a page in either of its published forms: an envelope, or the bare list."""
    try:
        page = {"customAttributes": body} if isinstance(body, list) else body
        return CustomAttributePage.model_validate(page).custom_attributes
    except ValidationError:
        raise Refused("list_attributes answered in a form that is not Infobip's") from None
