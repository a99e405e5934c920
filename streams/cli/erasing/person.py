"""Whose records are let go: what is known of a person, and grows while it is looked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from streams.errors import ConfigurationError
from streams.history.columns import address
from streams.profiles.address import Identity
from streams.profiles.emails import normal_email
from streams.profiles.phones import normal_phone


@dataclass(slots=True)
class Person:
    """A profile, or whoever has an address; all addresses are in the one form in which the history looks them up.

    `external_ids` are those that exports give the profile, by the account at Infobip; an account without any is there,
    too, unless nothing was looked for. `person_ids` are Infobip's own.
    """

    profile: str | None = None
    address: str | None = None
    addresses: set[str] = field(default_factory=set)
    external_ids: dict[str, set[str]] = field(default_factory=dict)
    messages: set[str] = field(default_factory=set)
    person_ids: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, profile: str | None, to: str | None) -> "Person":
        """Whom a command line means.

        Raises:
            ConfigurationError: it does not say who, or says it twice.

        """
        if (profile is None) == (to is None) or not (profile or to or "").strip():
            raise ConfigurationError(["say one of --profile ID and --address A"])
        if to is None:
            return cls(profile)
        known = address(normal_phone(to, None) or normal_email(to) or to)
        return cls(None, known, set() if known is None else {known})

    @property
    def key(self) -> bytes | None:
        """What records of the profile are keyed by."""
        return None if self.profile is None else self.profile.encode(errors="surrogatepass")

    def has(self, to: Any) -> bool:
        """Whether an address, however it is written, is one of theirs."""
        return isinstance(to, str) and bool(to) and address(to) in self.addresses

    def learn(self, *addresses: Any) -> None:
        """Note addresses of theirs."""
        self.addresses |= {found for one in addresses if isinstance(one, str) and one and (found := address(one))}

    def is_other(self, external_id: Any, account: str | None = None) -> bool:
        """Whether an external id is somebody else's, who has an address now that was theirs.

        That shows where exports give people external ids in that account; in all of them, where it is not known which.
        """
        known = [ids for name, ids in self.external_ids.items() if account in (None, name)]
        return external_id is not None and bool(known) and all(ids and str(external_id) not in ids for ids in known)

    def is_contact(self, person_id: str, said: Mapping[str, Any]) -> bool:
        """Whether a contact that was imported is theirs."""
        external_id = said.get("infobip_external_id")
        if self.is_other(external_id):
            return False
        if person_id in self.person_ids or any(external_id in ids for ids in self.external_ids.values()):
            return True
        return any(self.has(said.get(name)) for name in ("email", "phone"))

    def identities(self, account: str) -> list[Identity]:
        """What an account knows the person by: the external ids first, then every email and phone that can be one."""
        emails = [one for one in map(normal_email, self.addresses) if one is not None]
        phones = [one for each in self.addresses if (one := _phone(each)) is not None]
        return [
            *(("EXTERNAL_ID", one) for one in sorted(self.external_ids.get(account, ()))),
            *(("EMAIL", one) for one in sorted(emails)),
            *(("PHONE", one) for one in sorted(phones)),
        ]


def _phone(found: str) -> str | None:
    return normal_phone(f"+{found}", None) if found.isascii() and found.isdecimal() else None
