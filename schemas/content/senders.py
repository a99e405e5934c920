"""Who can be a sender on a channel: what is wrong with one that never can, in words that do not repeat it."""

import re
from collections.abc import Callable

#: What is wrong with a sender; None where nothing is.
SenderFault = Callable[[str], str | None]

#: Letters and signs of the GSM alphabet that every phone shows; senders are written in no other.
_GSM = frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 !\"#%&'()*+,-./:;<=>?@_$"
    "£¥èéùìòÇØøÅåÆæßÉÄÖÑÜ§¿äöñüà¡ΔΦΓΛΩΠΨΣΘΞ"
)
FEWEST, CHARACTERS_MAX, DIGITS_MAX = 3, 11, 15
_is_digits = re.compile(r"[0-9]+").fullmatch
_is_written_number = re.compile(r"\+?[0-9 ()./\u00a0\u2010-\u2015-]*[0-9][0-9 ()./\u00a0\u2010-\u2015-]*").fullmatch
_is_international = re.compile(r"[1-9][0-9]{6,14}").fullmatch
_is_rcs = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9_-]{3,40}").fullmatch
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_is_mailbox = re.compile(
    rf"(?:[^<>\r\n\x00-\x1f]*<)?{_ATOM}(?:\.{_ATOM})*@(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_](?:[\w-]*[^\W_])?>?"
).fullmatch
PLAIN_NUMBER = "must be written in digits alone, its country's first, such as 447860099299"


def of_sms(sender: str) -> str | None:
    """SMS, LMS and MMS: up to 15 digits (a short code has fewer), or 3 to 11 letters, digits and signs."""
    if _is_written_number(sender) is not None:
        if _is_digits(sender) is None or sender.startswith("00"):
            return PLAIN_NUMBER
        if not FEWEST <= len(sender) <= DIGITS_MAX:
            return f"a number must have {FEWEST} to {DIGITS_MAX} digits, not {len(sender)}"
        return None
    if not FEWEST <= len(sender) <= CHARACTERS_MAX:
        return (
            f"must be {FEWEST} to {CHARACTERS_MAX} characters, not {len(sender)}, or a number of up to "
            f"{DIGITS_MAX} digits"
        )
    if not _GSM.issuperset(sender) or not any(map(str.isalpha, sender)):
        return "must consist of letters, digits, blanks and signs such as . - _ & that an SMS can show as a sender"
    return _trimmed(sender)


def of_whatsapp(sender: str) -> str | None:
    """WhatsApp: a number in international format."""
    if _is_international(sender) is None:
        return "must be the number of a WhatsApp sender in digits alone, its country's first, such as 447860099299"
    return None


def of_email(sender: str) -> str | None:
    """Email: an address, or a name and the address."""
    if _is_mailbox(sender) is None or ("<" in sender) != sender.endswith(">"):
        return "must be an email address, or a name with one, such as Acme <news@acme.example>"
    return None


def of_rcs(sender: str) -> str | None:
    """RCS: the name that identifies a sender at Infobip."""
    if _is_rcs(sender) is None:
        return "must be the name of an RCS sender: 3 to 40 letters, digits, _ and -, at least one letter"
    return None


def registered(most: int) -> SenderFault:
    """Channels whose senders are registered under a name, of which no more is known than its length."""

    def fault(sender: str) -> str | None:
        if len(sender) > most:
            return f"must be at most {most} characters"
        return _trimmed(sender)

    return fault


def _trimmed(sender: str) -> str | None:
    if not sender.isprintable():
        return "must be one line of printable characters"
    return None if sender == sender.strip() else "must not begin or end with a blank"
