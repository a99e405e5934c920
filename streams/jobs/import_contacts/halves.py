"""Halves of surrogate pairs in a person of Infobip's: what holds one is taken out, and the rest goes on."""

from collections.abc import Mapping
from typing import Any

from streams.profiles.address import encodable

#: What a contact calls the fields of a person that it has under other names.
_CALLED: Mapping[str, str] = {
    "externalId": "infobip_external_id",
    "firstName": "first_name",
    "lastName": "last_name",
    "middleName": "middle_name",
    "birthDate": "birthday",
    "address": "address1",
    "preferredLanguage": "preferred_language",
    "type": "infobip_person_type",
    "tags": "infobip_tags",
}
#: Levels below which nothing is looked for: what is nested more deeply is not written, either.
_DEEPEST = 200


def without_halves(raw: Any) -> tuple[Any, tuple[str, ...]]:
    """Give a person without the values that hold half of a surrogate pair, and the contact's names of their fields.

    Of custom attributes, tags and addresses only those that hold one are taken out.
    """
    if not isinstance(raw, dict):
        return raw, ()
    whole: dict[str, Any] = {}
    cut: dict[str, None] = {}
    for name, value in raw.items():
        if _is_whole(name) and _is_whole(value):
            whole[name] = value
        elif name == "customAttributes" and isinstance(value, dict):
            whole[name] = {key: part for key, part in value.items() if _is_whole(key) and _is_whole(part)}
            cut |= {key if _is_whole(key) else name: None for key in value.keys() - whole[name].keys()}
        elif name == "tags" and isinstance(value, list):
            whole[name] = [tag for tag in value if _is_whole(tag)]
            cut[_CALLED[name]] = None
        elif name == "contactInformation" and isinstance(value, dict):
            whole[name] = _whole_addresses(value, cut)
        else:
            cut[_CALLED.get(name, name) if _is_whole(name) else "person"] = None
    return whole, tuple(cut)


def _whole_addresses(given: Mapping[Any, Any], cut: dict[str, None]) -> dict[Any, Any]:
    """The addresses that can be written; notes in `cut` the kinds of the others."""
    whole: dict[Any, Any] = {}
    for kind, addresses in given.items():
        if isinstance(addresses, list) and _is_whole(kind):
            whole[kind] = [one for one in addresses if _is_whole(one)]
            if len(whole[kind]) < len(addresses):
                cut[kind] = None
        elif _is_whole(kind) and _is_whole(addresses):
            whole[kind] = addresses
    return whole


def _is_whole(value: Any, depth: int = 0) -> bool:
    if depth == _DEEPEST:
        return True
    match value:
        case str():
            return encodable(value)
        case dict():
            return all(_is_whole(key) and _is_whole(part, depth + 1) for key, part in value.items())
        case list():
            return all(_is_whole(part, depth + 1) for part in value)
    return True
