"""Where a profile can be reached, and under which name Infobip knows it."""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import phonenumbers

MAX_EMAIL = 254
MAX_LOCAL = 64
MAX_EXTERNAL_ID = 256

#: A dot-atom at a domain of at least two labels, as Infobip checks it: by form only, no DNS.
_EMAIL = re.compile(
    r"([A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*)"
    r"@((?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9]))"
)
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_DIGITS = re.compile(r"[1-9][0-9]{6,14}")
_NATIONAL = re.compile(r"[0-9]{3,15}")
#: What people write between digits.
_DECORATION = str.maketrans("", "", " \t\u00a0\u202f-\u2010\u2011\u2013./()[]")
_MAX_WRITTEN = 40


class Address(NamedTuple):
    """The usable addresses of a profile: phone in E.164 digits without plus, as Infobip writes it."""

    email: str | None
    phone: str | None
    external_id: str | None

    @property
    def identity(self) -> tuple[str, str]:
        """What the person is matched by: the external id, else the email, else the phone."""
        if self.external_id is not None:
            return ("EXTERNAL_ID", self.external_id)
        if self.email is not None:
            return ("EMAIL", self.email)
        return ("PHONE", self.phone or "")


def normal_email(value: object) -> str | None:
    """The address with its domain in lower case; None where it is not the form of one."""
    if not isinstance(value, str):
        return None
    text = value.strip()
    if len(text) > MAX_EMAIL:
        return None
    match = _EMAIL.fullmatch(text)
    if match is None or match.end(1) > MAX_LOCAL:
        return None
    return f"{match[1]}@{match[2].lower()}"


def normal_phone(value: object, region: str | None) -> str | None:
    """The number in E.164 digits without plus; None where it is not one.

    With `+` or `00` a number is international. Bare digits are international too, as Infobip itself writes them,
    unless `region` (ISO 3166, such as `DE`) is given: then they are national numbers of it. A number that begins with
    a single 0 is national everywhere, and needs a region.
    """
    if isinstance(value, str):
        if _E164.fullmatch(value):
            return value[1:]
        if len(value) > _MAX_WRITTEN:
            return None
        text = value.translate(_DECORATION)
    elif isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**15:
        text = str(value)
    else:
        return None
    if text.startswith("00"):
        text = f"+{text[2:]}"
    if text.startswith("+"):
        # `+44 (0) 20 …` cannot be told from a real number by its digits alone.
        return text[1:] if _E164.fullmatch(text) else None
    if region is not None:
        return _national(text, region)
    return text if _DIGITS.fullmatch(text) else None


def _national(text: str, region: str) -> str | None:
    if _NATIONAL.fullmatch(text) is None:
        return None
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return f"{number.country_code}{phonenumbers.national_significant_number(number)}"


def compile_path(path: str) -> Callable[[Mapping[str, Any]], object]:
    """What reads a field of a profile; dots reach into nested ones, unless a field is called so literally."""
    if "." not in path:
        return lambda profile: profile.get(path)
    names = path.split(".")

    def reach(profile: Mapping[str, Any]) -> object:
        if path in profile:
            return profile[path]
        found: Any = profile
        for name in names:
            if not isinstance(found, dict):
                return None
            found = found.get(name)
        return found

    return reach


def _nothing(_: Mapping[str, Any]) -> object:
    return None


def _reader(path: str | None) -> Callable[[Mapping[str, Any]], object]:
    return _nothing if path is None else compile_path(path)


def external_id(value: object) -> str | None:
    """Text of at most 256 characters, or a whole number as text; None where it is not usable."""
    if isinstance(value, str):
        text = value.strip()
        return text if 0 < len(text) <= MAX_EXTERNAL_ID and encodable(text) else None
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**MAX_EXTERNAL_ID:
        return str(value)
    return None


def encodable(text: str) -> bool:
    """Whether the text can be written as UTF-8: a lone surrogate cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def resolver(
    email_field: str | None, phone_field: str | None, external_id_field: str | None, region: str | None
) -> Callable[[str, Mapping[str, Any] | None], Address | None]:
    """What finds a profile's address: a valid email, a valid phone, an external id where the job has one.

    None where there is none of them. `external_id_field` may be `profile_id`, which is the event's own; any of the
    three is enough, because Infobip matches people by each.
    """
    email_of, phone_of, named = _reader(email_field), _reader(phone_field), _reader(external_id_field)
    by_profile_id = external_id_field == "profile_id"

    def resolve(profile_id: str, profile: Mapping[str, Any] | None) -> Address | None:
        said = profile or {}
        email, phone = normal_email(email_of(said)), normal_phone(phone_of(said), region)
        known = external_id(profile_id if by_profile_id else named(said)) if external_id_field is not None else None
        if email is None and phone is None and known is None:
            return None
        return Address(email, phone, known)

    return resolve
