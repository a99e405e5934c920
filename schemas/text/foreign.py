"""Template languages that are not ours, recognised so that nobody reads their words in a message.

Only what is another language's without doubt is told of: a fallback may be any words, and braces, brackets and signs of
per cent are signs like others, unless they hold the name of a message field.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from schemas.text.tokens import tokens_of

OURS = "{{field}} or {{field|what to say without it}}"
SHOWN_MAX = 60


class Foreign(NamedTuple):
    """Some words of another template language, and what to write instead."""

    said: str
    instead: str


#: Filters of Liquid, Jinja, Twig and Handlebars that take arguments, and those that no fallback is called as.
_FILTERS = (
    "append batch capitalize concat currency date date_modify dig downcase escape escape_once fallback first floor "
    "format join json json_encode last length lower lstrip map money newline_to_br nl2br number number_format prepend "
    "raw remove remove_first replace replace_first reverse round rstrip safe size slice sort split strip strip_html "
    "strip_newlines striptags sum title titlecase tojson trim truncate truncatewords uniq upcase upper url_decode "
    "url_encode urlencode where wordwrap"
).replace(" ", "|")
_OF_NUMBERS = "at_least at_most divided_by minus modulo plus round slice times truncate truncatewords".replace(" ", "|")
_BARE_FILTERS = (
    "capitalize default downcase escape escape_once json json_encode lower lowercase lstrip newline_to_br nl2br "
    "number_format rstrip strip_html strip_newlines striptags title titlecase tojson trim truncatewords upcase upper "
    "uppercase url_decode url_encode urlencode"
).replace(" ", "|")
_is_filter = re.compile(
    rf"default\s*[:(=\"'`\u201c\u2018\u00ab]|(?:{_FILTERS})\s*(?:[:(]\s*[\"'`\u201c\u2018]|\(\)$)"
    rf"|(?:{_OF_NUMBERS})\s*[:(]\s*-?[0-9]|(?:{_BARE_FILTERS})$",
    re.IGNORECASE,
).match
#: Any other filter with what it takes in quotes, and nothing behind.
_is_call = re.compile(
    r"[a-z_]\w*\s{0,9}[:(]\s{0,9}(?:\"[^\"]*\"|'[^']*'|`[^`]*`|\u201c[^\u201d]*\u201d|\u2018[^\u2019]*\u2019)\s*\)?",
    re.IGNORECASE,
).fullmatch
#: Quotation marks, each with those that may close it.
_QUOTES = {
    '"': '"',
    "`": "`",
    "'": "'",
    "\u201c": "\u201d",
    "\u201e": "\u201c\u201d",
    "\u2018": "\u2019",
    "\u00ab": "\u00bb",
}
_QUOTE = "\"'`\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb"
_quoted_words = re.compile(rf"[{_QUOTE}]([^{_QUOTE}]*)[{_QUOTE}]").search

#: What is another language's wherever it stands.
_ELSEWHERE = (
    (re.compile(r"\{%-?\s{0,9}[A-Za-z_][^{}]*?%\}"), "nothing is decided in a text: write " + OURS),
    (re.compile(r"\{#\s[^{}]*?\s#\}"), "comments are none here: take it out"),
    (re.compile(r"<%[^%<>]+%>"), "write " + OURS),
    (re.compile(r"<\?(?:php\b|=)[^?<]{0,200}"), "write " + OURS),
    (re.compile(r"%%(?:\[[^\[\]]*\]|=[^%]*=)%%"), "write " + OURS),
    (re.compile(r"\*\|[A-Za-z_][^|*\n]{0,80}\|\*"), "write " + OURS),
)
#: What is another language's around the name of a message field, however it is spelt.
_AROUND_FIELDS = re.compile(
    r"(?<!\{)[#$@%]?\{\$?([^{}|]{1,200})(?:\|[^{}]{0,200})?\}(?!\})"
    r"|(?:%7[Bb]){2,3}(?:%20){0,9}([^%\s|]{1,200})(?:%20){0,9}(?:%7[Dd]){2,3}"
    r"|%%?([^%\s]{1,200})%%?|\[\[([^\[\]]{1,200})\]\]"
    r"|<<([^<>]{1,200})>>|\u00ab([^\u00ab\u00bb]{1,200})\u00bb|\uff5b{1,3}([^\uff5b\uff5d]{1,200})\uff5d{1,3}"
)
_triple = re.compile(r"(?<!\{)\{{3,}([^{}|]*)(?:\|[^{}]*)?\}{2,}").search


def foreign(text: str, fields: Collection[str]) -> Iterator[Foreign]:
    """Words of other template languages in a text, told by the names of the message fields."""
    if "{{" in text:
        if (triple := _triple(text)) is not None:
            yield _shown(triple[0], f"write {{{{{triple[1].strip('~ ') or 'field'}}}}} with two braces")
        else:
            for token in tokens_of(text):
                if (instead := _instead(token.field, token.default, fields)) is not None:
                    yield _shown(text[token.start : token.end], instead)
    for pattern, instead in _ELSEWHERE:
        if (found := pattern.search(text)) is not None:
            yield _shown(found[0], instead)
    known = {_plain(field): field for field in fields}
    for found in _AROUND_FIELDS.finditer(text):
        name = _named(next(filter(None, found.groups()), ""), known)
        if name is not None:
            yield _shown(found[0], f"write {{{{{name}}}}}")


def _named(said: str, known: Mapping[str, str]) -> str | None:
    """The field that words name, by itself or as a part of something such as `contact.`; None where they name none."""
    while (name := known.get(_plain(said))) is None and "." in said:
        said = said.partition(".")[2]
    return name


def _instead(field: str, default: str | None, fields: Collection[str]) -> str | None:
    """What to write instead of a token; None where it is one of ours, or names no field that is known."""
    if field not in fields:
        return _instead_of_words(field, fields)
    if default is None or not any(_is_foreign(part.strip()) for part in _parts(default)):
        return None
    words = _quoted_words(default)
    return f"write {{{{{field}|{words[1]}}}}}" if words is not None and words[1] else f"write {OURS}"


def _parts(default: str) -> list[str]:
    """A fallback, and where it begins with `|` what follows upon that; of several filters each."""
    return ["|", *default.split("|")] if default.startswith("|") else default.split("|")


def _is_foreign(part: str) -> bool:
    if part == "|" or _is_filter(part) is not None or _is_call(part) is not None:
        return True
    closing = _QUOTES.get(part[:1])
    if closing is None:
        return False
    # An apostrophe may begin a word ('s, 'n); a quotation mark begins what another language quotes.
    return part[0] in '"`' or (len(part) > 1 and part[-1] in closing)


_is_block = re.compile(r"[#/^>!]|else\b|end\b|if\b|unless\b|each\b|with\b|range\b", re.IGNORECASE).match
_is_operation = re.compile(r"\?\?|\?[.:]?|\|\||&&|\bor\b|\band\b|==|[\"'`()\[\]]", re.IGNORECASE).search


def _instead_of_words(field: str, fields: Collection[str]) -> str | None:
    """What to write instead of words that name no field; None where they might be a field's name, misspelt."""
    if _is_block(field) is not None:
        return f"nothing is decided in a text: write {OURS}"
    if (inner := field.lstrip("&=~.$%- ")) != field:
        return f"write {{{{{inner}}}}}" if inner in fields else f"write {OURS}"
    operation = _is_operation(field)
    if operation is None:
        # A helper before its argument; without a field among them the words may be one, misspelt.
        return f"write {OURS}" if any(word in fields for word in field.split()) else None
    name, words = field[: operation.start()].strip(), _quoted_words(field)
    if name not in fields:
        return f"write {OURS}"
    return f"write {{{{{name}|{words[1]}}}}}" if words is not None else f"write {{{{{name}}}}} or {{{{{name}|…}}}}"


def _plain(name: str) -> str:
    """A name without what programs spell differently."""
    return re.sub(r"[\s_-]", "", name).casefold()


def _shown(said: str, instead: str) -> Foreign:
    return Foreign(shown(said), instead)


def shown(said: str) -> str:
    """Words of a text in one line, the first of many."""
    said = " ".join(said.split())
    return said if len(said) <= SHOWN_MAX else f"{said[:SHOWN_MAX]}..."
