"""An email address as somebody wrote it, by its form only: no DNS."""

import re
from collections.abc import Sequence
from urllib.parse import unquote

import idna

from streams.profiles.marks import without_unseen

#: Of an address, of what stands before its @, and of one part of its domain: RFC 5321 and RFC 1035. Infobip takes
#: a character more (people.json, IamEmailContactV2.address), and a mail server refuses it.
EMAIL_MAX = 254
LOCAL_MAX = 64
LABEL_MAX = 63

#: A dot-atom at a domain of at least two labels, as Infobip checks it. Possessive, so that its time grows with the
#: length of the text and no faster.
_is_email = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]++(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]++)*+"
    r"@(?:[A-Za-z0-9]++(?:-++[A-Za-z0-9]++)*+\.)+(?:[A-Za-z]{2,63}|[Xx][Nn]--[A-Za-z0-9-]{0,58}[A-Za-z0-9])"
).fullmatch
#: The common form of one: nothing to strip, to lower or, if it is short, to measure.
_PLAIN = r"[a-z0-9_+-]++(?:\.[a-z0-9_+-]++)*+@[a-z0-9]++(?:\.[a-z]{2,63})++"
_is_plain_email = re.compile(_PLAIN).fullmatch
#: Lines of them.
_are_plain_emails = re.compile(rf"(?:{_PLAIN}\n)*+").fullmatch
#: Longer than an address with a name before it is.
_WRITTEN_MAX = 1024
#: What word processors and keyboards of other scripts make of signs: full-width ASCII, curly apostrophes, hyphens
#: that do not break, and full stops.
_AS_TYPED: dict[int, int | str] = {
    **{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)},
    **dict.fromkeys(map(ord, "\u2018\u2019\u02bc"), "'"),
    **dict.fromkeys(map(ord, "\u2010\u2011"), "-"),
    **dict.fromkeys(map(ord, "\u3002\uff61"), "."),
    0xFE6B: "@",
}
_URI = "mailto:"
_BEHIND = " \t\r\n.,;:!?\"'\u201c\u201d\u00ab\u00bb<>()[]"
_BEFORE = " \t\r\n,;\"'\u201c\u201d\u201e\u00ab\u00bb<>()[]"


def normal_email(value: object) -> str | None:
    """The address with its domain in lower case and in ASCII; None where it is not the form of one, or of two.

    What stands around an address does not count: blanks, marks that nobody sees, a name before `<…>`, `mailto:`,
    quotes, and the punctuation behind it. An international domain becomes its `xn--` form; what is not ASCII before
    the `@` is none, because Infobip takes no such address.
    """
    if not isinstance(value, str):
        return None
    if len(value) <= LABEL_MAX and _is_plain_email(value) is not None:
        return value
    if len(value) > _WRITTEN_MAX:
        return None
    text = value.strip()
    # An apostrophe in front is a spreadsheet's, and nobody's name.
    return _normal(text if _is_email(text) is not None and not text.startswith("'") else _bare(text))


def normal_emails(values: Sequence[object]) -> list[str | None]:
    """The same of many: where all are of the common form, they are looked at at once, in half of the time."""
    texts = [value for value in values if type(value) is str]
    lines = "\n".join([*texts, ""])
    if (
        len(texts) == len(values) == lines.count("\n")
        and max(map(len, texts), default=0) <= LABEL_MAX
        and _are_plain_emails(lines) is not None
    ):
        return [*texts]
    return [normal_email(value) for value in values]


def _normal(text: str | None) -> str | None:
    """The address without what stood around it."""
    if text is None:
        return None
    local, at, domain = text.partition("@")
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode()
        except (idna.IDNAError, UnicodeError):
            return None
    found = f"{local}{at}{domain.lower()}"
    if _is_email(found) is None or (len(found) > LABEL_MAX and not _within_limits(found)):
        return None
    return found


def _bare(written: str) -> str | None:
    """What is left of a text without what stands around its one address; None where it names more."""
    text = without_unseen(written).translate(_AS_TYPED).strip()
    name, opened, inside = text.rpartition("<")
    if opened:
        text, _, behind = inside.partition(">")
        if "@" in behind or ("@" in name and _spelling(name) != _spelling(text)):
            return None
    text = text.strip(_BEFORE)
    if text[: len(_URI)].lower() == _URI:
        text = unquote(text[len(_URI) :].partition("?")[0])
    text = text.lstrip(_BEFORE).rstrip(_BEHIND)
    return text if text.count("@") == 1 else None


def _spelling(written: str) -> str:
    return (_bare(written) or "").casefold()


def _within_limits(email: str) -> bool:
    local, _, domain = email.partition("@")
    return (
        len(email) <= EMAIL_MAX and len(local) <= LOCAL_MAX and max(len(one) for one in domain.split(".")) <= LABEL_MAX
    )
