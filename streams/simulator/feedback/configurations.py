"""Where inbound messages go: the configurations of numbers and senders, and which of them a message meets."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from uuid import uuid4

from streams.simulator.answers import Problem, Refusal
from streams.simulator.feedback.configuration_forms import OF_NUMBERS, names_of
from streams.simulator.messages.sending import plain_number

PARTS = ("username", "platform", "forwarding", "conversations", "answers", "autoResponse", "blockListConfiguration")
_CLEARED = {part.upper(): part for part in PARTS}


class Place(NamedTuple):
    """What a configuration is for: there is one for each; no keyword stands for whatever is written."""

    channel: str
    number: str
    keyword: str


@dataclass(frozen=True, slots=True)
class Configuration:
    """What becomes of messages to a number, of those that begin with a keyword or of all others."""

    key: str
    place: Place
    country_code: str | None
    parts: Mapping[str, Any]

    @property
    def shown(self) -> dict[str, Any]:
        """The configuration as the API shows it, which does not tell the number."""
        keyword = {"keyword": self.place.keyword} if self.place.keyword else {}
        return {"configurationKey": self.key, "channel": self.place.channel, **keyword, **self.parts}


def key_of(number: str) -> str:
    """Return the key of a number or sender, which is the same for ever."""
    return hashlib.sha256(number.encode()).hexdigest()[:32].upper()


def number_of(channel: str, named: str) -> str:
    """Return a number as configurations compare it: without a plus; a sender as it is."""
    return plain_number(named) if channel in OF_NUMBERS else named


class Configurations:
    """All configurations, in the order they were made in; `numbers` are those that may be configured, None is any."""

    def __init__(self, numbers: Collection[str] | None = None) -> None:
        self._numbers = None if numbers is None else [plain_number(each) for each in numbers]
        self._found: dict[Place, Configuration] = {}

    @property
    def numbers(self) -> list[str]:
        """The numbers there are: those that were given, or those that were named."""
        if self._numbers is not None:
            return self._numbers
        return list(dict.fromkeys(place.number for place in self._found))

    def put(self, request: Mapping[str, Any]) -> Configuration:
        """Make a configuration, or change the one of the same place: what is not named stays, what is unset goes."""
        channel = request["channel"]
        place = Place(channel, self._named(channel, request), request.get("keyword", "").strip().upper())
        known = self._found.get(place) or Configuration(uuid4().hex.upper(), place, None, {})
        gone = {_CLEARED[each] for each in request.get("unset", ())}
        parts = {**known.parts, **{part: request[part] for part in PARTS if part in request}}
        kept = {part: value for part, value in parts.items() if part not in gone}
        changed = replace(known, parts=kept, country_code=request.get("countryCode", known.country_code))
        self._found[place] = changed
        return changed

    def _named(self, channel: str, request: Mapping[str, Any]) -> str:
        plain, key = names_of(channel)
        if plain not in request:
            found = next((each for each in self.numbers if key_of(each) == request[key]), None)
            if found is None:
                raise Refusal(40401, "Number does not exist", [Problem(key, "Number does not exist")])
            return found
        number = number_of(channel, request[plain])
        if not number:
            raise Refusal(40001, "Bad request", [Problem(plain, "must not be blank")])
        if self._numbers is not None and number not in self._numbers:
            raise Refusal(40401, "Number does not exist", [Problem(plain, "Number does not exist")])
        return number

    def found(self, query: Mapping[str, str]) -> list[Configuration]:
        """Return the configurations that a query asks for."""
        if "configurationKey" in query:
            return [each for each in self._found.values() if each.key == query["configurationKey"]]
        return [each for each in self._found.values() if _fits(each, query)]

    def delete(self, key: str) -> None:
        """End a configuration, or refuse where there is none."""
        place = next((place for place, each in self._found.items() if each.key == key), None)
        if place is None:
            raise Refusal(40401, "Configuration does not exist")
        del self._found[place]

    def met(self, channel: str, to: str, text: str) -> Configuration | None:
        """Return the configuration that a message meets: of its first word, else that of no keyword.

        That a keyword is the first word in any case, and that it comes before none, is not published.
        """
        number = number_of(channel, to)
        first = text.split(maxsplit=1)[0].upper() if text.strip() else ""
        return self._found.get(Place(channel, number, first)) or self._found.get(Place(channel, number, ""))


def _fits(each: Configuration, query: Mapping[str, str]) -> bool:
    channel, number, keyword = each.place
    named = {
        "channel": channel,
        "numberKey": key_of(number),
        "resourceKey": key_of(number),
        "countryCode": each.country_code,
    }
    if any(query[name] != value for name, value in named.items() if name in query):
        return False
    if any(number_of(channel, query[name]) != number for name in ("number", "resource") if name in query):
        return False
    return "keyword" not in query or query["keyword"].strip().upper() == keyword


def without_keyword(text: str, configuration: Configuration | None) -> tuple[str | None, str]:
    """Return the keyword that a text met, and the text without it."""
    if configuration is None or not configuration.place.keyword:
        return None, text
    _, *rest = text.split(maxsplit=1)
    return configuration.place.keyword, rest[0].strip() if rest else ""
