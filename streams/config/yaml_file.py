"""The text of jobs.yaml as plain data: variables filled in, and every fault of its form with its place."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.constructor import ConstructorError
from yaml.reader import ReaderError

from streams.config import yaml_words
from streams.config.paths import Loc

_TAG = "tag:yaml.org,2002:"
_STR, _MAP, _SEQ, _MERGE = f"{_TAG}str", f"{_TAG}map", f"{_TAG}seq", f"{_TAG}merge"
MERGE = "<<"
#: How top-level keys begin that hold what the file's anchors stand at.
OWN_BUSINESS = "x-"
_NAME = "[A-Za-z_][A-Za-z0-9_]*"
#: What stands in the place of a variable that is not set, or empty; braces inside of it come in pairs.
_DEFAULT = r"(?:[^{}\n]|\{(?:[^{}\n]|\{[^{}\n]*\})*\})*"
_VARIABLE = re.compile(rf"\$\{{{_NAME}(?::-{_DEFAULT})?\}}")
#: `$${` is a literal `${`. `${{` is literal, too: a dollar sign before a {{token}} of a message.
_REFERENCE = re.compile(
    rf"(?P<escaped>\$\$\{{)|\$\{{(?P<name>{_NAME})(?::-(?P<default>{_DEFAULT}))?\}}|(?P<stray>\$\{{(?!\{{))"
)
#: YAML ends a plain text at a brace or a comma inside of [...] and {...}, and elsewhere at ": " and " #":
#: `{secret: ${NAME}}` would not parse. So these characters of variables are read as private ones, which keep every
#: line and column in its place.
_HIDDEN = str.maketrans("{}[],:#?", "".join(chr(0x10FFF0 + number) for number in range(8)))
_SHOWN = {hidden: shown for shown, hidden in _HIDDEN.items()}


class SyntaxFault(Exception):
    """The text is not YAML, or not YAML that we can read; the message tells the line."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong at one place."""

    loc: Loc
    text: str


@dataclass(slots=True)
class Document:
    """A file as plain data.

    `variables` tells which were filled in where, `empty` which of them hold nothing, `positions` where everything
    stands, `unread` which values are not what the file means: what a model says of those is only an echo.
    """

    text: str = ""
    data: Any = None
    faults: list[Fault] = field(default_factory=list)
    variables: dict[Loc, tuple[str, ...]] = field(default_factory=dict)
    empty: set[str] = field(default_factory=set)
    positions: dict[Loc, int] = field(default_factory=dict)
    unread: set[Loc] = field(default_factory=set)

    def position(self, loc: Loc) -> int:
        """Say where this stands in the file, or the nearest thing around it."""
        while loc and loc not in self.positions:
            loc = loc[:-1]
        return self.positions.get(loc, 0)

    def line(self, loc: Loc) -> int:
        """Say in which line this stands, or the nearest thing around it."""
        return self.text.count("\n", 0, self.position(loc)) + 1

    def repeat(self, first: Loc, again: Loc, but: Collection[str] = ()) -> None:
        """Note that a value stands at a second place, too, by an alias; faults of what is passed over come with it.

        Of a mapping `but` names the keys that do not come along.
        """
        size = len(first)

        def comes(loc: Loc) -> bool:
            return loc[:size] == first and (len(loc) == size or loc[size] not in but)

        for loc in filter(comes, list(self.variables)):
            self.variables.setdefault((*again, *loc[size:]), self.variables[loc])
        self.unread |= {(*again, *loc[size:]) for loc in self.unread if comes(loc)}
        if _is_passed_over(first):
            self.faults = [
                Fault((*again, *fault.loc[size:]), fault.text) if comes(fault.loc) else fault for fault in self.faults
            ]

    def pass_over(self) -> None:
        """Leave out what is the file's own business: top-level keys that begin with x-, and what is wrong with them."""
        if isinstance(self.data, dict):
            self.data = {key: value for key, value in self.data.items() if not _is_passed_over((key,))}
        self.faults = [fault for fault in self.faults if not _is_passed_over(fault.loc)]

    def is_unread(self, loc: Loc) -> bool:
        """Whether this value, or one around it, could not be read."""
        return any(loc[:length] in self.unread for length in range(len(loc) + 1))


def _takes_tokens(loc: Loc) -> bool:
    """Whether texts of a job stand there that may name fields of profiles."""
    return loc[0] == "jobs" and loc[2:3] in (("content",), ("callback_data",))


def _is_passed_over(loc: Loc) -> bool:
    return bool(loc) and str(loc[0]).startswith(OWN_BUSINESS)


class _Loader(yaml.SafeLoader):
    """SafeLoader with the plain scalars of YAML 1.2: NO is Norway, 12:30 a text, and a date a text."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own name


def _whole(loader: _Loader, node: yaml.ScalarNode) -> int:
    text = str(loader.construct_scalar(node))
    try:
        return int(text, 0 if text[:2] in {"0o", "0x"} else 10)
    except ValueError:
        raise ConstructorError(None, None, "this number is too long", node.start_mark) from None


def _number(loader: _Loader, node: yaml.ScalarNode) -> float:
    return float(str(loader.construct_scalar(node)).lower().replace(".inf", "inf").replace(".nan", "nan"))


for _name, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    (
        "float",
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        list("-+.0123456789"),
    ),
    ("merge", MERGE, ["<"]),
):
    _Loader.add_implicit_resolver(_TAG + _name, re.compile(rf"(?:{_pattern})\Z"), _first)
_Loader.add_constructor(f"{_TAG}int", _whole)
_Loader.add_constructor(f"{_TAG}float", _number)


def read(text: str, environ: Mapping[str, str]) -> Document:
    """Read a YAML text; variables that are missing, keys that are there twice and the like become faults.

    Every key is a text, whatever it looks like. `${NAME}` and `${NAME:-default}` are filled in inside of texts only, so
    that what a variable holds is a text, too, and never YAML; numbers and flags are read from it where the models want
    them. The default stands in for a variable that is not set, or empty.

    Raises:
        SyntaxFault: the text cannot be read at all.

    """
    hidden = _VARIABLE.sub(lambda found: found[0].translate(_HIDDEN), text)
    document = Document(hidden)
    try:
        loader = _Loader(hidden)
        root = loader.get_single_node()
        if root is not None:
            _Reading(loader, environ, document).visit(root, ())
            document.data = loader.construct_document(root)
            document.pass_over()
    except RecursionError:
        raise SyntaxFault("is nested too deeply") from None
    except ReaderError as error:
        line = hidden.count("\n", 0, error.position) + 1
        raise SyntaxFault(f"line {line}: a character that YAML does not allow (#x{error.character:04x})") from None
    except yaml.MarkedYAMLError as error:
        raise SyntaxFault(yaml_words.told(error, hidden, _Loader).translate(_SHOWN)) from None
    return document


class _Reading:
    """One walk over the nodes of a file, which mends what it can and notes what it cannot."""

    def __init__(self, loader: _Loader, environ: Mapping[str, str], document: Document) -> None:
        self._loader = loader
        self._environ = environ
        self._open: set[int] = set()
        self._seen: dict[int, Loc] = {}
        self._document = document

    def visit(self, node: yaml.Node, loc: Loc) -> None:
        """Fill in variables below a node, and take out what a later step would stumble over."""
        self._document.positions[loc] = node.start_mark.index
        if (first := self._seen.get(id(node))) is not None:
            if MERGE not in loc:  # what is merged comes to other places than it is called at
                self._document.repeat(first, loc)
            return
        self._seen[id(node)] = loc
        self._open.add(id(node))
        match node:
            case yaml.MappingNode():
                self._check_tag(node, loc, _MAP)
                node.value = self._pairs(node, loc)
            case yaml.SequenceNode():
                self._check_tag(node, loc, _SEQ)
                node.value = [entry for number, entry in enumerate(node.value) if self._enter(entry, (*loc, number))]
            case yaml.ScalarNode():
                implicit = (node.style is None, node.style is not None)
                if node.tag != _STR:
                    plain: str = self._loader.resolve(yaml.ScalarNode, node.value, implicit)  # type: ignore[no-untyped-call]
                    self._check_tag(node, loc, plain)
                node.value = self._filled(node.value, loc)
        self._open.discard(id(node))

    def _pairs(self, node: yaml.MappingNode, loc: Loc) -> list[tuple[yaml.Node, yaml.Node]]:
        pairs: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                hint = "; a text that begins with {{ must be quoted" if isinstance(key, yaml.MappingNode) else ""
                self._document.faults.append(Fault(loc, f"a key must be a text, not a list or a mapping{hint}"))
                continue
            name = self._filled(key.value, (*loc, key.value.translate(_SHOWN)))
            place = (*loc, name)
            if name in pairs:
                self._document.faults.append(Fault(place, f"is there twice, again in line {key.start_mark.line + 1}"))
                continue
            # A node of its own: this one may be shared, by an alias, with a value.
            tag = _MERGE if key.tag == _MERGE else _STR
            if self._enter(value, place):
                pairs[name] = (yaml.ScalarNode(tag, name, key.start_mark, key.end_mark), value)
        for merged in [value for key, value in pairs.values() if key.tag == _MERGE]:
            self._merge(merged, loc, pairs)
        return list(pairs.values())

    def _merge(self, node: yaml.Node, loc: Loc, own: Collection[str]) -> None:
        """Note what is known of the values that a mapping takes from others, at the places that they come to."""
        taken = set(own)
        for mapping in node.value if isinstance(node, yaml.SequenceNode) else [node]:
            if isinstance(mapping, yaml.MappingNode):
                self._document.repeat(self._seen[id(mapping)], loc, taken)
                taken.update(key.value for key, _ in mapping.value)

    def _enter(self, node: yaml.Node, loc: Loc) -> bool:
        if id(node) in self._open:
            self._miss(loc, "is an alias (*) of what it stands in")
            return False
        self.visit(node, loc)
        return True

    def _check_tag(self, node: yaml.Node, loc: Loc, expected: str) -> None:
        if node.tag not in {expected, "!"}:
            self._document.faults.append(
                Fault(loc, "begins with a tag (!), which is not used here; quote a text that begins with !")
            )
            if isinstance(node, yaml.ScalarNode):
                self._document.unread.add(loc)
        node.tag = expected

    def _miss(self, loc: Loc, text: str) -> None:
        self._document.unread.add(loc)
        self._document.faults.append(Fault(loc, text))

    def _filled(self, hidden: str, loc: Loc) -> str:
        names: list[str] = []

        def fill(found: re.Match[str]) -> str:
            if found["escaped"]:
                return "${"
            if found["stray"]:
                self._miss(loc, "'${' begins no ${NAME} or ${NAME:-default}; write $${ for the characters themselves")
                return found[0]
            value = self._environ.get(found["name"])
            if not value and found["default"] is not None:
                return _REFERENCE.sub(fill, found["default"])
            names.append(found["name"])
            if value == "":
                self._document.empty.add(found["name"])
            if value is None:
                name = found["name"]
                field = (
                    f"; a message field is written {{{{{name}}}}}" if not name.isupper() and _takes_tokens(loc) else ""
                )
                self._miss(loc, f"the environment variable {name} is not set{field}")
                return found[0]
            return value

        filled = _REFERENCE.sub(fill, hidden.translate(_SHOWN))
        if names:
            self._document.variables[loc] = tuple(names)
        if not any("\ud800" <= character <= "\udfff" for character in filled):
            return filled
        # In a file that is JSON a character may be written as the pair of its halves.
        whole = filled.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
        if not any("\ud800" <= character <= "\udfff" for character in whole):
            return whole
        self._miss(loc, "holds half of a character (a lone surrogate)")
        return whole.encode(errors="replace").decode()
