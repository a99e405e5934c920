"""Who may look at the console, and what they see."""

import re
from collections.abc import Mapping
from ipaddress import ip_network
from typing import Annotated, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from schemas.config.settings import Settings
from schemas.config.values import Text

#: What whoever looks is called where nobody is asked who they are: the console then listens on this machine alone.
NOBODY_ASKED = "local"
_is_hash = re.compile(r"scrypt:[0-9]{1,7}:[0-9]{1,3}:[0-9]{1,3}:[A-Za-z0-9_-]{16,}:[A-Za-z0-9_-]{32,}").fullmatch
_is_header = re.compile(r"[A-Za-z0-9-]{1,100}").fullmatch
_is_host = re.compile(r"[A-Za-z0-9.-]{1,253}").fullmatch


def _hash(given: SecretStr) -> SecretStr:
    if not _is_hash(given.get_secret_value()):
        raise ValueError("must be what `infobip-streams console --hash-password` prints, never a password")
    return given


def _header(given: str) -> str:
    if not _is_header(given):
        raise ValueError("must be the name of a header, such as X-Forwarded-User")
    return given


def _host(given: str) -> str:
    if not _is_host(given):
        raise ValueError("must be the name of a host, without a port, such as console.example.com")
    return given.lower()


def _network(given: str) -> str:
    try:
        return str(ip_network(given, strict=False))
    except ValueError:
        raise ValueError("must be an address or a network in digits, such as 10.0.0.7 or 10.0.0.0/8") from None


PasswordHash = Annotated[SecretStr, AfterValidator(_hash)]


class Console(Settings):
    """Who may look at the console; without it only this machine, and nobody is asked who they are."""

    users: Mapping[Text, PasswordHash] = Field(
        {},
        description="Who may sign in: by name, the hash of a password, as `infobip-streams console --hash-password` "
        'prints it. Default: nobody is asked. Example: {ann: "${ANNS_PASSWORD_HASH}"}',
    )
    user_header: Annotated[str, AfterValidator(_header)] | None = Field(
        None,
        description="The header in which a reverse proxy says who looks, for consoles that only it can reach; it must "
        "take away one that it is sent. Default: none. Example: X-Forwarded-User",
    )
    proxies: tuple[Annotated[str, AfterValidator(_network)], ...] = Field(
        (),
        description="The addresses or networks of those proxies: of others user_header is not believed. Default: "
        "whoever reaches the console is. Example: [10.0.0.7]",
    )
    hosts: tuple[Annotated[str, AfterValidator(_host)], ...] = Field(
        (),
        description="Names by which the console is reached, besides localhost and addresses in digits. Default: none. "
        "Example: [console.example.com]",
    )
    show_personal_data: tuple[Text, ...] = Field(
        (),
        description="Who may see addresses, names and contents, which are hidden from all others; looking is logged. "
        f"Where nobody is asked who they are, `{NOBODY_ASKED}`. Default: nobody. Example: [ann]",
    )

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.users and self.user_header is not None:
            raise ValueError("has users and user_header: say one of them")
        if self.proxies and self.user_header is None:
            raise ValueError("has proxies, and no user_header that they would say: leave them out, or name it")
        if self.users and (unknown := [name for name in self.show_personal_data if name not in self.users]):
            raise ValueError(f"show_personal_data names {', '.join(unknown)}, of whom users says nothing")
        return self

    @property
    def asks(self) -> bool:
        """Whether it is known who looks."""
        return bool(self.users) or self.user_header is not None
