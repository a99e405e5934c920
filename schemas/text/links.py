"""Where in a text a link stands, so that a value within it neither ends it nor adds to it."""

import re
import unicodedata
from collections.abc import Iterator
from enum import Enum

from schemas.text.tokens import Token, tokens_of

#: Stands for a token in texts that are looked at: no file and no environment variable can hold it.
MARK = "\x00"


class Link(Enum):
    """How a token stands to a link."""

    NONE = "apart from any link"
    INSIDE = "within a link: its value is percent-encoded"
    WHOLE = "where a link begins: its value may be the whole link"
    ADDRESS = "the address of a link to write to or to call: plus and at signs stay"
    PERHAPS = "behind another token, whose value may hold a link"


#: What begins a link in a text: a scheme with slashes, or `mailto:` or `sms:` with a question mark.
_begins_link = re.compile(rf"[A-Za-z0-9+.{MARK}-]://|(?:mailto|sms|smsto):[^?]*\?", re.IGNORECASE).search
#: The host of a link in any script, up to where its path or what is asked for begins.
_host = re.compile(r"[\w.\u3002-]+(?::[0-9]{1,5})?[/?#]").match
#: What people read as a link besides: `www.`, or a domain with a path.
_begins_bare_link = re.compile(
    rf"(?<![\w@.-])www\.|(?<![\w@.{MARK}-])(?:[\w{MARK}][\w{MARK}-]{{0,62}}\.){{1,8}}[A-Za-z]{{2,24}}(?::[0-9]{{1,5}})?[/?#]",
    re.IGNORECASE,
).search
#: Of texts without end, as much as any link is long.
_LONGEST = 4096
_ENDS = frozenset('"<>“”«»„‟')
#: Links to write to somebody, or to call: what follows is an address, up to a question mark.
_is_address = re.compile(r"(?:mailto|tel|sms|smsto|callto|facetime):[^?]*", re.IGNORECASE).fullmatch
_is_whole = re.compile(r"(?:https?://[^\s/?#\\]|mailto:\S|tel:\S)", re.IGNORECASE).match
_is_harmful = re.compile(r"(?:javascript|vbscript|data|file|blob|about|view-source|jar):", re.IGNORECASE).match


def is_whole_link(value: str) -> bool:
    """Whether a value is a link that anybody may be led to: http, https, mailto or tel."""
    return _is_whole(value) is not None


def is_harmful(link: str) -> bool:
    """Whether a link runs something, or is a file: however its scheme is written, programs that open links read it."""
    return _is_harmful("".join(one for one in link[:64] if unicodedata.category(one)[0] not in "CZ")) is not None


def links_in_text(text: str, *, bare: bool = True) -> Iterator[tuple[Token, Link]]:
    """The tokens of a text, each with how it stands to links in the text; `bare` ones have no scheme."""
    for token, before in tokens_with_text_before(text):
        yield token, in_text(before, bare=bare)


def links_in_url(text: str) -> Iterator[tuple[Token, Link]]:
    """The tokens of a text that is one link."""
    for token, before in tokens_with_text_before(text):
        yield token, in_url(before)


def tokens_with_text_before(text: str) -> Iterator[tuple[Token, str]]:
    """The tokens of a text, each with all that stands before it; earlier tokens are marks in it."""
    before, at = "", 0
    for token in tokens_of(text):
        before += text[at : token.start]
        yield token, before
        before, at = before + MARK, token.end


def in_text(before: str, *, bare: bool = True) -> Link:
    """How what follows upon a text stands to a link in it."""
    run = _last_run(before)
    if _begins_link(run) is not None or (bare and _begins_bare_link(run) is not None):
        return Link.INSIDE
    if _behind_a_host(before[-_LONGEST:], len(run)):
        return Link.INSIDE
    return Link.PERHAPS if MARK in run else Link.NONE


def in_url(before: str) -> Link:
    """How what follows upon the beginning of a link stands to it."""
    if not (begun := before.strip()):
        return Link.WHOLE
    return Link.ADDRESS if _is_address(begun) is not None else Link.INSIDE


def _last_run(text: str) -> str:
    """The end of a text in which a link can stand: nothing in it ends one."""
    text = text[-_LONGEST:]
    begin = len(text)
    while begin and not _ends_link(text[begin - 1]):
        begin -= 1
    return text[begin:]


def _behind_a_host(text: str, length: int) -> bool:
    """Whether the run at the end of a text goes on from a host in a script without blanks, which ends no link."""
    begun = text.rfind("://") + len("://")
    host = _host(text, begun) if begun >= len("://") else None
    return host is not None and host.end() > len(text) - length


def _ends_link(character: str) -> bool:
    """Whether a link ends before it: at blanks and quotes, and where languages without blanks go on."""
    if character.isascii():
        return character.isspace() or character in _ENDS
    return character.isspace() or character in _ENDS or unicodedata.east_asian_width(character) in "WF"
