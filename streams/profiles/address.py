"""Where a profile can be reached, and under which name Infobip knows it."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from schemas.text.blanks import is_empty
from streams.exact_json import number_text
from streams.profiles.emails import normal_email
from streams.profiles.phones import normal_phone

EXTERNAL_ID_MAX = 256

#: The place of the external id in an address.
_EXTERNAL_ID = 2

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


def compile_path(path: str) -> Callable[[Mapping[str, Any]], object]:
    """What reads a field of a profile, None where there is none.

    Dots reach into nested ones, unless a field is called so literally.
    """
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
        return value if 0 < len(value) <= EXTERNAL_ID_MAX and encodable(value) and not value.isspace() else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    text = number_text(value)
    return text if text is not None and len(text) <= EXTERNAL_ID_MAX else None


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
    known_of = None if external_id_field is None else _known_reader(external_id_field)

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


def unusable(
    email_field: str | None, phone_field: str | None, external_id_field: str | None
) -> Callable[[str, Mapping[str, Any], Address], list[str]]:
    """What names the fields of a profile that hold something, and no address; zero and false are taken for nothing."""
    fields = [
        (part, field, _known_reader(field) if part == _EXTERNAL_ID else _of_profile(field))
        for part, field in enumerate((email_field, phone_field, external_id_field))
        if field is not None
    ]

    def name(profile_id: str, profile: Mapping[str, Any], address: Address) -> list[str]:
        return [
            field
            for part, field, read in fields
            if address[part] is None and (value := read(profile_id, profile)) and not is_empty(value)
        ]

    return name


def _known_reader(path: str) -> Callable[[str, Mapping[str, Any]], object]:
    return (lambda profile_id, _: profile_id) if path == "profile_id" else _of_profile(path)


def _of_profile(path: str) -> Callable[[str, Mapping[str, Any]], object]:
    read = compile_path(path)
    return lambda _, profile: read(profile)
