"""Where a profile can be reached, and under which name Infobip knows it."""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import phonenumbers

from streams.exact_json import number_text

MAX_EMAIL = 254
MAX_LOCAL = 64
MAX_LABEL = 63
MAX_EXTERNAL_ID = 256

#: A dot-atom at a domain of at least two labels, as Infobip checks it: by form only, no DNS. Possessive, so that its
#: time grows with the length of the text and no faster.
_is_email = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]++(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]++)*+"
    r"@(?:[A-Za-z0-9]++(?:-++[A-Za-z0-9]++)*+\.)+(?:[A-Za-z]{2,63}|[Xx][Nn]--[A-Za-z0-9-]{0,58}[A-Za-z0-9])"
).fullmatch
#: The common form of one: nothing to strip, to lower or, if it is short, to measure.
_is_plain_email = re.compile(r"[a-z0-9_+-]++(?:\.[a-z0-9_+-]++)*+@[a-z0-9]++(?:\.[a-z]{2,63})++").fullmatch
_is_e164 = re.compile(r"\+[1-9][0-9]{6,14}").fullmatch
#: Seven digits without a sign are more likely somebody's local number than the whole of one.
_is_bare = re.compile(r"[1-9][0-9]{7,14}").fullmatch
_is_national = re.compile(r"[0-9]{3,20}").fullmatch
#: A number that went through a column of floats.
_is_float = re.compile(r"[1-9][0-9]{7,14}\.0").fullmatch
#: What people write between digits, and the invisible marks that address books copy along.
_DECORATION = str.maketrans(
    "", "", " \t\u00a0\u2009\u202f-\u2010\u2011\u2012\u2013\u2212./()[]\u200b\u200e\u200f\u202a\u202c\u2060\ufeff"
)
_MAX_WRITTEN = 40
_DIGITS_OF_A_NUMBER = 15

#: A kind of address and the address, such as `("EMAIL", "ann@example.com")`.
Identity = tuple[str, str]


class Address(NamedTuple):
    """The usable addresses of a profile: phone in E.164 digits without plus, as Infobip writes it."""

    email: str | None
    phone: str | None
    external_id: str | None

    @property
    def identity(self) -> Identity:
        """What the person is matched by: the external id, else the email, else the phone.

        Of an email without regard to its case, as Infobip compares it.
        """
        email, phone, external_id = self
        if external_id is not None:
            return ("EXTERNAL_ID", external_id)
        if email is not None:
            return ("EMAIL", email.lower())
        return ("PHONE", phone or "")


def normal_email(value: object) -> str | None:
    """The address with its domain in lower case; None where it is not the form of one."""
    if not isinstance(value, str):
        return None
    if len(value) <= MAX_LABEL and _is_plain_email(value) is not None:
        return value
    text = value.strip()
    if _is_email(text) is None or (len(text) > MAX_LABEL and not _within_limits(text)):
        return None
    if text.islower():
        return text
    local, _, domain = text.partition("@")
    return f"{local}@{domain.lower()}"


def _within_limits(email: str) -> bool:
    local, _, domain = email.partition("@")
    return (
        len(email) <= MAX_EMAIL and len(local) <= MAX_LOCAL and max(len(one) for one in domain.split(".")) <= MAX_LABEL
    )


def normal_phone(value: object, region: str | None) -> str | None:
    """The number in E.164 digits without plus; None where it is not one.

    With `+` or `00` a number is international. Bare digits, eight or more, are international too, as Infobip itself
    writes them, unless `region` (ISO 3166, such as `DE`) is given: then they are first tried as a national number of
    it, and taken for international only where such a number can exist. A number that begins with a single 0 is
    national everywhere, and needs a region. Extensions, letters and digits of other scripts make it unusable.
    """
    if isinstance(value, str):
        if _is_e164(value) is not None:
            return value[1:]
        if len(value) > _MAX_WRITTEN:
            return None
        return _written(value, region)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**_DIGITS_OF_A_NUMBER:
        return _bare(str(value), region)
    return None


def _written(value: str, region: str | None) -> str | None:
    """A number as somebody wrote it."""
    text = value.strip()
    if _is_float(text) is not None:
        return _bare(text[:-2], region)
    text = text.translate(_DECORATION)
    if text.startswith("00"):
        text = f"+{text[2:]}"
    if not text.startswith("+"):
        return _bare(text, region)
    if "(0)" in value:
        # `+44 (0)20 …`: whether the zero is dialled from abroad (Italy) or not (nearly everywhere) is the country's.
        return _existing(text, None)
    return text[1:] if _is_e164(text) is not None else None


def _bare(digits: str, region: str | None) -> str | None:
    """A number without a sign that it is international."""
    if region is None:
        return digits if _is_bare(digits) is not None else None
    if _is_national(digits) is None:
        return None
    return _existing(digits, region) or _existing(f"+{digits}", None)


def _existing(text: str, region: str | None) -> str | None:
    """A number that can exist by its country's numbering plan."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return e164[1:] if _is_e164(e164) is not None else None


def lookup(profile: Mapping[str, Any], path: str) -> object:
    """The field of a profile that a path names; None where there is none."""
    return compile_path(path)(profile)


def compile_path(path: str) -> Callable[[Mapping[str, Any]], object]:
    """What reads a field of a profile; dots reach into nested ones, unless a field is called so literally."""
    return compile_dots(path) or (lambda profile: profile.get(path))


def compile_dots(path: str) -> Callable[[Mapping[str, Any]], object] | None:
    """What reads a field by a path with dots; None for a plain name, so that a busy loop can get that by itself."""
    if "." not in path:
        return None
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


def _reader(path: str | None) -> tuple[str, Callable[[Mapping[str, Any]], object] | None]:
    return ("", lambda _: None) if path is None else (path, compile_dots(path))


def external_id(value: object) -> str | None:
    """Text of 1 to 256 characters as it is, or a number as decimal text; None where it is not usable."""
    if isinstance(value, str):
        # Not stripped: two profiles whose ids differ in a blank are two people.
        return value if 0 < len(value) <= MAX_EXTERNAL_ID and encodable(value) and not value.isspace() else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    text = number_text(value)
    return text if text is not None and len(text) <= MAX_EXTERNAL_ID else None


def encodable(text: str) -> bool:
    """Whether the text can be written as UTF-8: a lone surrogate cannot."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def resolver(
    email_field: str | None, phone_field: str | None, external_id_field: str | None, region: str | None
) -> Callable[[str, Mapping[str, Any] | None], Address | None]:
    """What finds a profile's address: a valid email, a valid phone, an external id where the job has one.

    None where there is none of them. `external_id_field` may be `profile_id`, which is the event's own, or a field of
    the profile. Any of the three is enough, for an enter as for an exit, because Infobip matches people by each.
    """
    email_name, email_of = _reader(email_field)
    phone_name, phone_of = _reader(phone_field)
    known_of = _known_reader(external_id_field)

    def resolve(profile_id: str, profile: Mapping[str, Any] | None) -> Address | None:
        said = profile or {}
        email = normal_email(said.get(email_name) if email_of is None else email_of(said))
        phone = normal_phone(said.get(phone_name) if phone_of is None else phone_of(said), region)
        known = None if known_of is None else external_id(known_of(profile_id, said))
        if email is None and phone is None and known is None:
            return None
        # What `Address(email, phone, known)` does, without the call in between that named tuples make.
        return tuple.__new__(Address, (email, phone, known))

    return resolve


def _known_reader(path: str | None) -> Callable[[str, Mapping[str, Any]], object] | None:
    if path is None:
        return None
    if path == "profile_id":
        return lambda profile_id, _: profile_id
    read = compile_path(path)
    return lambda _, profile: read(profile)
