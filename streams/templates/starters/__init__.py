"""Starters: templates that send something as they are, for somebody to begin with."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files

from schemas.operations import SEND_EMAIL, SEND_SMS, SEND_WHATSAPP_TEMPLATE, Operation


class Language(StrEnum):
    """What a template may be written in."""

    jsonnet = "jsonnet"
    javascript = "javascript"


class StarterName(StrEnum):
    """What there are starters for."""

    email = "email"
    whatsapp = "whatsapp"
    sms = "sms"


@dataclass(frozen=True, slots=True)
class Starter:
    """What a starter is for: the operation whose body it makes, and what that sends."""

    operation: Operation
    about: str


STARTERS: Mapping[StarterName, Starter] = {
    StarterName.email: Starter(SEND_EMAIL, "an email by a template of Infobip's"),
    StarterName.whatsapp: Starter(SEND_WHATSAPP_TEMPLATE, "a WhatsApp message by an approved template"),
    StarterName.sms: Starter(SEND_SMS, "an SMS"),
}
#: How the names of files end, by what is in them.
ENDINGS: Mapping[Language, str] = {Language.jsonnet: ".jsonnet", Language.javascript: ".js"}


def text_of(name: StarterName, language: Language) -> str:
    """The text of a starter; blocks as reading a file does."""
    return files(__name__).joinpath(f"{name}{ENDINGS[language]}").read_text(encoding="utf-8")
