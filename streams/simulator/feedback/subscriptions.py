"""Subscriptions of the account: which events are posted where, how, and with which proof of who posts them."""

from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from streams.simulator.answers import Problem, Refusal
from streams.simulator.feedback.subscription_forms import EVENTS, FORMATTED

Shown = dict[str, Any]
_IDS: Mapping[str, str] = {"subscription": "subscriptionId", "profile": "profileId", "security": "authId"}


class Subscriptions:
    """Security settings, profiles that use them, subscriptions that use profiles; each by its id."""

    def __init__(self) -> None:
        self._kept: dict[str, dict[str, Shown]] = {sort: {} for sort in _IDS}
        self._channels: dict[str, str] = {}

    def create(self, sort: str, body: Mapping[str, Any], channel: str = "") -> Shown:
        """Keep something new, and what it defines on the way; return the ids of it. Refuse an id that is taken."""
        identity, taken = body[_IDS[sort]], self._kept[sort]
        if identity in taken:
            _refuse(_IDS[sort], "already exists")
        made = dict(body)
        if sort == "subscription":
            _check_events(channel, body["events"])
            made["profile"] = self._used("profile", body["profile"], "profile", {"webhook"})
            self._channels[identity] = channel
        if sort == "profile":
            _check_webhook(body)
        if sort == "profile" and "security" in body:
            made["security"] = self._used("security", body["security"], "security", {"type"})
        taken[identity] = made
        return self.ids(sort, identity)

    def _used(self, sort: str, named: Mapping[str, Any], path: str, defined_by: set[str]) -> Shown:
        """Return the id of what another uses, made here where it is defined here."""
        name = _IDS[sort]
        if defined_by & named.keys():
            self.create(sort, named)
        elif named[name] not in self._kept[sort]:
            _refuse(f"{path}.{name}", "does not exist")
        return {name: named[name]}

    def update(self, sort: str, identity: str, body: Mapping[str, Any], channel: str = "") -> Shown:
        """Put something in the place of what an id names."""
        self.get(sort, identity, channel)
        if sort == "subscription":
            _check_events(channel, body["events"])
            self._used("profile", body["profile"], "profile", set())
        if sort == "profile" and "security" in body:
            self._used("security", body["security"], "security", set())
        if sort == "profile":
            _check_webhook(body)
        self._kept[sort][identity] = {_IDS[sort]: identity, **body}
        return self.ids(sort, identity)

    def get(self, sort: str, identity: str, channel: str = "") -> Shown:
        """Return what an id names, or refuse; of a subscription its profile's security is told as well."""
        found = self._kept[sort].get(identity)
        if found is None or (sort == "subscription" and self._channels[identity] != channel):
            raise Refusal(40401, "Not found")
        if sort == "subscription":
            return {**found, "profile": self.ids("profile", found["profile"]["profileId"])}
        return found

    def ids(self, sort: str, identity: str) -> Shown:
        """Return an id, and those of what it uses."""
        found = self._kept[sort].get(identity, {})
        told: Shown = {_IDS[sort]: identity}
        if sort == "subscription":
            told["profile"] = self.ids("profile", found["profile"]["profileId"])
        if sort == "profile" and "security" in found:
            told["security"] = {"authId": found["security"]["authId"]}
        return told

    def delete(self, sort: str, identity: str, channel: str = "") -> Shown:
        """End something and return its ids; refuse while another uses it."""
        self.get(sort, identity, channel)
        users = {"profile": "subscription", "security": "profile"}.get(sort)
        used = users is not None and any(
            each.get(sort, {}).get(_IDS[sort]) == identity for each in self._kept[users].values()
        )
        if used:
            _refuse(_IDS[sort], "is in use")
        told = self.ids(sort, identity)
        del self._kept[sort][identity]
        self._channels.pop(identity, None)
        return told

    def listed(self, sort: str, channel: str = "") -> list[Shown]:
        """Return all of a sort, the last one made first; subscriptions of one channel."""
        ids = reversed(self._kept[sort])
        if sort == "subscription":
            ids = reversed([each for each in self._kept[sort] if self._channels[each] == channel])
        return [self.get(sort, each, channel) for each in ids]

    def profile(self, identity: str) -> Mapping[str, Any] | None:
        """Return a profile, None where there is none any more."""
        return self._kept["profile"].get(identity)

    def security_of(self, profile: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return the security settings of a profile, None where it has none."""
        return self._kept["security"].get(profile.get("security", {}).get("authId", ""))

    def met(self, channel: str, event: str, platform: Mapping[str, Any], sender: str | None) -> Shown | None:
        """Return the subscription that an event meets, the one that asks for the most; None where there is none.

        Which of several gets an event is not published.
        """
        fitting = [each for each in self.listed("subscription", channel) if _fits(each, event, platform, sender)]
        return max(fitting, key=lambda each: ("criteria" in each) + ("resources" in each), default=None)


def _fits(each: Shown, event: str, platform: Mapping[str, Any], sender: str | None) -> bool:
    if event not in _names(each["events"]):
        return False
    if each.get("resources") and sender not in each["resources"]:
        return False
    pairs = [{name: value for name, value in pair.items() if name in _PLATFORM} for pair in each.get("criteria", ())]
    return not pairs or any(pair.items() <= platform.items() for pair in pairs)


_PLATFORM = frozenset({"applicationId", "entityId"})


def _names(events: list[Any]) -> Iterator[str]:
    return (each if isinstance(each, str) else each["event"] for each in events)


def format_of(subscription: Shown, event: str) -> str | None:
    """Return the form that a subscription wants an event in, None for the channel's own."""
    named = (each["format"] for each in subscription["events"] if isinstance(each, dict) and each["event"] == event)
    return next(named, None)


def _check_events(channel: str, events: list[Any]) -> None:
    """Refuse formats where the channel has none; an event that only other channels have is kept, and never comes."""
    if channel not in EVENTS:
        raise Refusal(40401, "Not found")
    for index, event in enumerate(events):
        if not isinstance(event, str) and channel not in FORMATTED:
            _refuse(f"events[{index}]", "must be a string")


def _check_webhook(body: Mapping[str, Any]) -> None:
    """Refuse a profile that says nothing of where to post."""
    if "webhook" not in body:
        _refuse("webhook", "must not be null")


def _refuse(path: str, message: str) -> NoReturn:
    raise Refusal(40001, "Bad request", [Problem(path, message)])
