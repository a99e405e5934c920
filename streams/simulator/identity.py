"""Who is who: people indexed by external id, email (in any case) and phone."""

from collections.abc import Iterator
from typing import NamedTuple, Self

from streams.simulator.model import Draft, Person

WITHOUT_SENDER = frozenset({"ID", "EXTERNAL_ID", "PHONE", "EMAIL"})
TYPES = WITHOUT_SENDER | {
    "LINE",
    "FACEBOOK",
    "TELEGRAM",
    "PUSH",
    "WEB_PUSH",
    "LIVE_CHAT",
    "VIBER_BOTS",
    "INSTAGRAM",
    "INSTAGRAM_DM",
    "TWITTER",
    "APPLE_BUSINESS_CHAT",
    "KAKAO_SANGDAM",
    "OPEN_CHANNEL",
    "ZALO_FOLLOWER",
    "TIKTOK_BM",
    "WHATSAPP",
}
_ID_DIGITS = 19  # an int64


class TwoPeople(Exception):
    """The identifiers of one draft belong to different people."""


class Identity(NamedTuple):
    """An identifier and what kind it is."""

    type: str
    identifier: str

    @classmethod
    def of(cls, draft: Draft, kind: str) -> Iterator[Self]:
        """Yield the identities of one kind that a draft claims."""
        match kind:
            case "email":
                yield from (cls("EMAIL", email) for email in draft.emails)
            case "phone":
                yield from (cls("PHONE", phone) for phone in draft.phones)
            case _ if draft.external_id is not None:
                yield cls("EXTERNAL_ID", draft.external_id)


class Directory:
    """The people of an account and the three indexes that find them."""

    def __init__(self) -> None:
        self.people: dict[int, Person] = {}
        self._by_external_id: dict[str, Person] = {}
        self._by_email: dict[str, Person] = {}
        self._by_phone: dict[str, Person] = {}

    def find(self, identity: Identity) -> Person | None:
        """Return the person with this identifier; the channels that are not simulated know nobody."""
        kind, identifier = identity
        match kind:
            case "EMAIL":
                return self._by_email.get(identifier.lower())
            case "PHONE":
                return self._by_phone.get(identifier)
            case "EXTERNAL_ID":
                return self._by_external_id.get(identifier)
            case "ID":
                is_id = identifier.isdecimal() and len(identifier) <= _ID_DIGITS
                return self.people.get(int(identifier)) if is_id else None
        return None

    def match(self, draft: Draft, *, strict: bool) -> Person | None:
        """Return whom a draft is about: by external id, else by email, else by phone.

        When strict, identifiers that belong to different people raise `TwoPeople`; otherwise the first wins.
        """
        found = self._by_external_id.get(draft.external_id) if draft.external_id is not None else None
        for email in draft.emails:
            other = self._by_email.get(email.lower())
            if other is None or other is found:
                continue
            if found is None:
                found = other
            elif strict:
                raise TwoPeople
        for phone in draft.phones:
            other = self._by_phone.get(phone)
            if other is None or other is found:
                continue
            if found is None:
                found = other
            elif strict:
                raise TwoPeople
        return found

    def without_others(self, draft: Draft, person: Person) -> Draft:
        """Return a draft without the contacts that belong to somebody else."""
        emails = [email for email in draft.emails if self._by_email.get(email.lower(), person) is person]
        phones = [phone for phone in draft.phones if self._by_phone.get(phone, person) is person]
        return draft._replace(emails=emails, phones=phones)

    def file(self, person: Person) -> None:
        """Put a person into every index."""
        self.people[person.id] = person
        if person.external_id is not None:
            self._by_external_id[person.external_id] = person
        for email in person.emails:
            self._by_email[email.lower()] = person
        for phone in person.phones:
            self._by_phone[phone] = person

    def forget(self, person: Person) -> None:
        """Take a person out of the indexes, not from the people."""
        if person.external_id is not None:
            del self._by_external_id[person.external_id]
        for email in person.emails:
            del self._by_email[email.lower()]
        for phone in person.phones:
            del self._by_phone[phone]

    def drop(self, person: Person) -> None:
        """Delete a person who is in no index."""
        del self.people[person.id]
