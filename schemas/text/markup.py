"""Where tokens stand in HTML, so that no value becomes a part of it: a tag, an attribute, a link, a rule of style.

It is read as mail programs read it: a tag ends with `>` outside of quotation marks, conditional comments are read by
some and so read here, too. What cannot be written safely is a fault.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from html import unescape

from schemas.text.links import MARK, Link, in_text, in_url, is_harmful
from schemas.text.tokens import Token, tokens_of


class Within(Enum):
    """What a value must not end."""

    MARKUP = "a text between tags, or a value between quotation marks"
    BARE = "a value without quotation marks"
    STYLE = "a rule of style"
    JSON = "a text in JSON"


@dataclass(frozen=True, slots=True)
class Spot:
    """Where one token stands; with a `fault`, it must not stand there."""

    token: Token
    link: Link = Link.NONE
    within: Within = Within.MARKUP
    fault: str | None = None


Found = Iterator[Spot]

IN_A_TAG = "stands in a tag itself: it may stand in a text, and in the value of an attribute"
IN_A_SCRIPT = "stands in a script: it may stand in JSON alone, between double quotation marks"
IN_A_HARMFUL_LINK = "stands in a link that runs something: links begin with https://, http://, mailto: or tel:"
#: Attributes that are one link, and those that are several.
URLS = frozenset(
    [
        "href",
        "src",
        "action",
        "formaction",
        "action-xhr",
        "poster",
        "background",
        "cite",
        "data",
        "longdesc",
        "manifest",
        "icon",
        "profile",
        "codebase",
        "usemap",
        "classid",
        "dynsrc",
        "lowsrc",
    ]
)
URL_LISTS = frozenset({"srcset", "imagesrcset", "ping"})

_find_tag = re.compile(rf"<(?=[A-Za-z/!?{MARK}])").search
_name = re.compile(r"<[/?]?[^\s/>]*").match
_condition = re.compile(r"<!(?:--)?\[(?:if|endif)[^>]*>", re.IGNORECASE).match
_attribute = re.compile(r"[\s/]*(?P<name>[^\s/>=][^\s/>=]*|=[^\s/>=]*)(?P<is>\s*=\s*)?").match
_ends_comment = re.compile(r"--!?>").search
_begins_raw = re.compile(r"<(script|style)[\s/>]").match
_ends_raw = {name: re.compile(rf"</{name}", re.IGNORECASE).search for name in ("script", "style")}
_value = re.compile(r"\"(?P<double>[^\"]*)\"?|'(?P<single>[^']*)'?|(?P<bare>[^\s>]*)").match
_is_json = re.compile(r"[^>]*\btype\s*=\s*[\"']?application/(?:[\w.-]+\+)?json\b", re.IGNORECASE).match
_address_in_style = re.compile(r"url\(\s*[\"']?(?P<begun>[^\"')]*)$", re.IGNORECASE).search
_address_to_go_to = re.compile(r"url\s*=\s*[\"']?(?P<begun>[^\"']*)$", re.IGNORECASE).search
_quoted = re.compile(r"\\.", re.DOTALL)
_of_a_list = re.compile(r"[^\s,]*$").search


def spots(text: str) -> Found:
    """Where each token of some HTML stands, in order."""
    pieces, at, tokens = [], 0, list(tokens_of(text))
    for token in tokens:
        pieces += [text[at : token.start], MARK]
        at = token.end
    return _Reading("".join([*pieces, text[at:]]), tokens).spots()


class _Reading:
    """One walk over HTML in which tokens are marks."""

    def __init__(self, text: str, tokens: list[Token]) -> None:
        self._text, self._tokens = text, iter(tokens)

    def spots(self) -> Found:
        """Texts and tags, one after the other."""
        text, at = self._text, 0
        while (tag := _find_tag(text, at)) is not None:
            begin = tag.start()
            yield from self._in_text(at, begin)
            if text.startswith("<!--", begin) and _condition(text, begin) is None:
                end = _ends_comment(text, begin + 2)
                at = len(text) if end is None else end.end()
                yield from self._each(begin, at)
            elif text.startswith("<!", begin):
                at = _end(text, ">", begin)
                yield from self._each(begin, at, fault=IN_A_TAG)
            else:
                end_of_tag, found = self._tag(begin)
                yield from found
                at = self._end_of_raw(text[begin:end_of_tag].lower(), end_of_tag)
                yield from self._in_raw(text[begin:end_of_tag].lower(), end_of_tag, at)
        yield from self._in_text(at, len(text))

    def _tag(self, begin: int) -> tuple[int, list[Spot]]:
        """One tag: where it ends, and the tokens in it."""
        text = self._text
        name = _name(text, begin)
        at = begin + 1 if name is None else name.end()
        found = list(self._each(begin, at, fault=IN_A_TAG))
        while at < len(text) and text[at : at + 1] != ">":
            attribute = _attribute(text, at)
            if attribute is None:
                break
            found += self._each(attribute.start(), attribute.end(), fault=IN_A_TAG)
            at = attribute.end()
            if attribute["is"] and (value := _value(text, at)) is not None:
                found += self._in_value(attribute["name"].lower(), value)
                at = value.end()
        return _end(text, ">", at), found

    def _end_of_raw(self, tag: str, begin: int) -> int:
        """Where the text of a script or of rules of style ends behind its tag; of other elements there is none."""
        if (raw := _begins_raw(tag)) is None:
            return begin
        end = _ends_raw[raw[1]](self._text, begin)
        return len(self._text) if end is None else end.start()

    def _in_raw(self, tag: str, begin: int, end: int) -> Found:
        """The tokens in the text of a script or of rules of style."""
        return self._in_style(begin, end) if tag.startswith("<style") else self._in_script(tag, begin, end)

    def _in_value(self, name: str, value: "re.Match[str]") -> Found:
        """The tokens in the value of an attribute."""
        begin, end = value.span(value.lastgroup or 0)
        within = Within.BARE if value["bare"] is not None else Within.MARKUP
        for token, before in self._before(begin, end):
            yield self._spot(name, token, unescape(before), within)

    @staticmethod
    def _spot(name: str, token: Token, before: str, within: Within) -> Spot:
        if name.startswith(("on", "[", "data-amp-bind-")) or name == "srcdoc":
            return Spot(token, fault=f"stands in the attribute {name}, which is read as a program or a page")
        if name == "style":
            return Spot(token, _in_style(before), Within.STYLE)
        if name == "content" and (address := _address_to_go_to(before)) is not None:
            before, name = address["begun"], "href"
        if name in URL_LISTS:
            last = _of_a_list(before)
            before, name = "" if last is None else last[0], "href"
        if name.rpartition(":")[2] not in URLS:
            return Spot(token, in_text(before), within)
        if is_harmful(before):
            return Spot(token, fault=IN_A_HARMFUL_LINK)
        return Spot(token, in_url(before), within)

    def _in_text(self, begin: int, end: int) -> Found:
        for token, before in self._before(begin, end):
            yield Spot(token, in_text(unescape(before)))

    def _in_style(self, begin: int, end: int) -> Found:
        for token, before in self._before(begin, end):
            yield Spot(token, _in_style(before), Within.STYLE)

    def _in_script(self, tag: str, begin: int, end: int) -> Found:
        for token, before in self._before(begin, end):
            said = _quoted.sub("", before)
            is_text = _is_json(tag) is not None and said.count('"') % 2 == 1
            yield Spot(token, in_text(before), Within.JSON, None if is_text else IN_A_SCRIPT)

    def _before(self, begin: int, end: int) -> Iterator[tuple[Token, str]]:
        """The tokens of a piece, each with the piece until there."""
        piece, at = self._text[begin:end], -1
        while (at := piece.find(MARK, at + 1)) >= 0:
            yield next(self._tokens), piece[:at]

    def _each(self, begin: int, end: int, fault: str | None = None) -> Found:
        for _ in range(self._text.count(MARK, begin, end)):
            yield Spot(next(self._tokens), fault=fault)


def _in_style(before: str) -> Link:
    address = _address_in_style(before)
    return Link.NONE if address is None else in_url(address["begun"])


def _end(text: str, mark: str, begin: int) -> int:
    """Where something ends behind a mark; at the end of all where that is missing."""
    at = text.find(mark, begin)
    return len(text) if at < 0 else at + len(mark)
