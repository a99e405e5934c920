"""What the YAML library complains of, in words that say what to mend; nothing of the file's own texts is shown."""

import re
from collections.abc import Mapping

import yaml

#: What a problem of the YAML library quotes from the file (names of aliases and tags): it may be part of a secret.
_QUOTED = re.compile(r"'([^']*)'")
_UNINDENTED = re.compile(r"expected <block end>, but found '(<block (mapping|sequence) start>|[-?])'")
_NOT_CLOSED = re.compile(r"expected ',' or '([\]}])'")
_FOLLOWED = re.compile(r"expected (<block end>|',' or '[\]}]'), but (found|got) '")
#: What to do about problems that the library has words for; they go behind its own.
_HINTS: Mapping[str, str] = {
    "mapping values are not allowed": "quote a text that holds ': ', or mend the indentation",
    "sequence entries are not allowed": "quote a text that begins with -, or begin the list in a line of its own",
    "found character '\\t'": "indent with spaces",
    "that cannot start any token": "quote a text that begins so",
    "found undefined alias": "a text that begins with * must be quoted",
    "expected alphabetic or numeric character": "a text that begins with * or & must be quoted",
    "chomping or indentation indicators": "a text that begins with | or > must be quoted",
    "expected a comment or a line break": "a text that begins with | or > must be quoted",
    "undefined tag handle": "a text that begins with ! must be quoted",
    "unhashable key": "a text that begins with {{ or [ must be quoted",
    "expected <block end>": "a text that begins with {{ or [ must be quoted",
    "expected the node content": "a text that holds brackets or braces must be quoted",
    "unknown escape character": "in double quotes \\ begins an escape: write \\\\, or use single quotes",
    "expected escape sequence": "in double quotes \\ begins an escape: write \\\\, or use single quotes",
}
#: What is told otherwise than the library does: of its problem, at the place where what is wrong begins.
_AT_THE_BEGINNING: Mapping[str, str] = {
    "found unexpected end of stream": "the text in quotes that begins here does not end",
    "found unexpected document separator": "the text in quotes that begins here does not end",
    "could not find expected ':'": "this is no key: ': ', with a space, must follow it",
}


def told(error: yaml.MarkedYAMLError, text: str, loader: type[yaml.SafeLoader]) -> str:
    """Say in one line what is wrong with a text, and where."""
    begun, mark = error.context_mark, error.problem_mark or error.context_mark
    problem = error.problem or error.context or "this is not YAML"
    if begun is not None and problem in _AT_THE_BEGINNING:
        return f"{_place(begun)}: {_AT_THE_BEGINNING[problem]}"
    if mark is None:
        return _veiled(problem)
    if problem == "but found another document":
        return f"{_place(mark)}: a second document (---) begins here, where the file must be one"
    if begun is not None and "duplicate anchor" in (error.context or ""):
        return f"{_place(mark)}: this anchor (&) is there before, in {_place(begun)}"
    return f"{_place(mark)}: {_words(problem, begun, _quoted_before(text, mark, loader))}"


def _words(problem: str, begun: yaml.Mark | None, quoted: yaml.ScalarToken | None) -> str:
    if quoted is not None and _FOLLOWED.match(problem):
        if quoted.start_mark.line != quoted.end_mark.line:
            return f"is a quote missing? The text in quotes before this begins in {_place(quoted.start_mark)}"
        comma = "put a comma between, or " if _NOT_CLOSED.match(problem) else ""
        return f"this follows a text in quotes: {comma}write a quote inside of it twice ('') or with a backslash (\\\")"
    if begun is not None and _UNINDENTED.match(problem):
        return f"this is indented otherwise than what it belongs to, which begins in {_place(begun)}"
    if begun is not None and (closing := _NOT_CLOSED.match(problem)):
        return f"{problem}; the {'[' if closing[1] == ']' else '{'} in {_place(begun)} is not closed before"
    hint = next((f"; {hint}" for part, hint in _HINTS.items() if part in problem), "")
    return f"{_veiled(problem)}{hint}"


def _quoted_before(text: str, mark: yaml.Mark, loader: type[yaml.SafeLoader]) -> yaml.ScalarToken | None:
    """Find the text in quotes that ends right before a place."""
    found = None
    try:
        for token in yaml.scan(text, Loader=loader):
            if token.end_mark.index > mark.index:
                break
            if isinstance(token, yaml.ScalarToken):
                found = token
    except yaml.MarkedYAMLError:
        pass  # what it stopped at is what is being told
    if found is None or found.plain or text[found.end_mark.index : mark.index].strip():
        return None
    return found


def _place(mark: yaml.Mark) -> str:
    return f"line {mark.line + 1}, column {mark.column + 1}"


def _veiled(problem: str) -> str:
    """Keep single characters and what the library itself calls a thing, such as '<stream end>'."""
    return _QUOTED.sub(lambda found: found[0] if len(found[1]) < 2 or found[1][0] in "<\\" else "'...'", problem)  # noqa: PLR2004 - one character
