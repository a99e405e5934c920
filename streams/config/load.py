"""jobs.yaml -> models, with every fault at once."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from schemas.clashes import clash_faults, homeless_faults, unheard_faults
from schemas.config.history import in_folder
from schemas.config.kafka import KafkaSettings
from schemas.config.values import ATTRIBUTE_PATTERN, NAME_PATTERN, PREFIX_PATTERN, TOPIC_PATTERN
from schemas.configuration import Configuration, name_faults, sender_faults
from schemas.jobs import AnyJob, Job
from streams.config import yaml_file
from streams.config.files import look_at_files, with_keys
from streams.config.paths import Loc, written
from streams.config.yaml_file import OWN_BUSINESS, Document, Fault
from streams.errors import ConfigurationError

_TOPIC_WORDS = "must consist of letters, digits, '.', '_' and '-'"
#: What a pattern means, in words.
PATTERNS = {
    NAME_PATTERN: "must consist of a-z, 0-9 and '-'",
    TOPIC_PATTERN: _TOPIC_WORDS,
    PREFIX_PATTERN: _TOPIC_WORDS,
    ATTRIBUTE_PATTERN: "must not be empty or hold { } [ ]",
}
#: Faults in words, by pydantic's name for them. Those of texts show no value, for a text may be a secret; those of
#: numbers, flags and choices do, for no secret is one.
WORDS = {
    "missing": "is missing",
    "extra_forbidden": "unknown key",
    "string_type": "must be a text, not {sort}",
    "string_too_short": "must not be empty",
    "string_too_long": "must be at most {max_length} characters",
    "string_pattern_mismatch": "{pattern}, not {given}",
    "int_type": "must be a whole number, not {given}",
    "int_parsing": "must be a whole number, not {given}",
    "int_parsing_size": "must be a whole number, and not so long",
    "int_from_float": "must be a whole number, not {given}",
    "float_type": "must be a number, not {given}",
    "float_parsing": "must be a number, not {given}",
    "finite_number": "must be a number, not {given}",
    "bool_type": "must be true or false, not {given}",
    "greater_than": "must be more than {gt:g}, not {given}",
    "greater_than_equal": "must be at least {ge:g}, not {given}",
    "less_than_equal": "must be at most {le:.15g}, not {given}",
    "literal_error": "must be {expected}, not {given}",
    "too_short": "must have at least {min_length} {entries}",
    "too_long": "must have at most {max_length} entries",
    "tuple_type": "must be a list, not {sort}",
    "dict_type": "must be a mapping, not {sort}",
    "mapping_type": "must be a mapping, not {sort}",
    "model_type": "must be a mapping, not {sort}",
    "unknown_choice": "no {what} is called {given} (there are: {choices})",
    "unknown_token": "unknown token {token} (message_fields has: {fields})",
    "foreign_token": "{said} is another template language's; {instead}",
    "open_token": "'{{{{' begins no {{{{token}}}}",
    "no_sender": "the sender profile {given} has none for {kinds}",
    "bad_sender": "{fault}",
    "unknown_name": "no authorization is called {given} (there are: {names})",
    "repeated_name": "must be unique: {first} is called {given}, too",
    "shared_tag": "{given} is a tag of {first}, too, and each would take it from the other's members: export these"
    " audiences in one job, or give them another tag",
    "label_tag": "is made from the label, and {given} is a tag of {first}, too: each would take it from the other's"
    " members; export these audiences in one job, or give them another tag",
    "shared_messages": "{first} asks for the same messages, on {channel} to {given} with {whole}: give one of them"
    " another keyword",
    "no_webhooks": "{given} needs webhooks, by which Infobip tells what was written",
    "not_pulled": "what is written on {given} cannot be asked for: it needs webhooks.mode push, with public_url and"
    " secret",
    "no_history": "{given} needs history, the database that it fills",
    "no_authorizations": "is missing",
    "own_topic": "{given} is a topic that this service writes, and holds no membership events",
}
SORTS: Mapping[type, str] = {
    str: "a text",
    bool: "true or false (quote it)",
    int: "a number (quote it)",
    float: "a number (quote it)",
    list: "a list",
    dict: "a mapping",
    type(None): "empty",
}
#: What the models find only once all else is well.
LATE_FAULTS = frozenset(
    {
        "unknown_name",
        "repeated_name",
        "no_sender",
        "bad_sender",
        "shared_tag",
        "label_tag",
        "shared_messages",
        "no_webhooks",
        "not_pulled",
        "own_topic",
        "no_history",
        "no_authorizations",
    }
)
GIVEN_MAX = 60
#: Of so many jobs a number says which is meant.
COUNTED_JOBS = 5
HERE = Path()
#: What names a file beside jobs.yaml, in kafka.security, in authorizations, in jobs and in their messages.
FILES = ("ca_file", "certificate_file", "key_file", "api_key_file", "file", "template")
STATE_DIR = "state_dir"
_JOB: TypeAdapter[AnyJob] = TypeAdapter(Job)

#: What else is wrong with a part of the file: places in it, and words.
Judge = Callable[[Any], Iterable[tuple[Loc, str]]]


def nothing_else(_: Any) -> Iterable[tuple[Loc, str]]:
    """Find no more faults than the models do."""
    return ()


def load(
    path: Path, environ: Mapping[str, str], judge: Judge = nothing_else, judge_security: Judge = nothing_else
) -> Configuration:
    """Read and check jobs.yaml, and the files that its authorizations name; blocks as reading files does.

    The files that kafka.security, authorizations, jobs and messages name are relative to the folder of jobs.yaml.

    Args:
        path: the file.
        environ: the variables that `${NAME}` stands for.
        judge: what else is wrong with a job as it is written: places in it, and words.
        judge_security: the same of kafka.security.

    Raises:
        ConfigurationError: the file cannot be read, or is wrong; `faults` holds all that is wrong with it, each with
            its path in the file, in the order of the file.

    """
    return parse(_text_of(path), environ, str(path), judge, judge_security, path.parent)


def parse(
    text: str,
    environ: Mapping[str, str],
    name: str,
    judge: Judge = nothing_else,
    judge_security: Judge = nothing_else,
    folder: Path = HERE,
) -> Configuration:
    """Read and check the text of a jobs.yaml called `name` and in `folder`; otherwise as `load`."""
    try:
        document = yaml_file.read(text, environ)
    except yaml_file.SyntaxFault as fault:
        raise ConfigurationError([f"{name}: {fault}"]) from None
    if document.data is None and not document.faults:
        raise ConfigurationError([f"{name}: is empty"])
    _from_folder(document, folder)
    read = _configuration(document)
    keys, lacking = look_at_files(_entries(document, "authorizations"))
    judged = [*_judged(document, judge), *_judged_security(document, judge_security)]
    faults = [*document.faults, *judged, *(one for one in lacking if not document.is_unread(one.loc))]
    if isinstance(read, Configuration) and not faults:
        return with_keys(read, keys)
    faults += [] if isinstance(read, Configuration) else read
    faults.sort(key=lambda fault: document.position(fault.loc))
    told = [
        f"{written(fault.loc) or name}: {fault.text}{_whose(fault.loc, document)}" for fault in dict.fromkeys(faults)
    ]
    raise ConfigurationError(told)


def _whose(loc: Loc, document: Document) -> str:
    """Say which job a place is in, where a file has more jobs than anybody counts at a glance."""
    names = _said(document, "jobs", "name")
    if len(names) <= COUNTED_JOBS or loc[:1] != ("jobs",) or len(loc) == 1:
        return ""
    name = names[int(loc[1])]
    return f" (line {document.line(loc)})" if name is None else f" (job '{name}', line {document.line(loc)})"


def json_schema() -> dict[str, Any]:
    """Describe jobs.yaml for editors, as JSON Schema 2020-12; a variable may stand for a number or a flag."""
    schema = Configuration.model_json_schema() | {"patternProperties": {f"^{OWN_BUSINESS}": True}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **_with_variables(schema),
        "title": "jobs.yaml of infobip-streams",
    }


def _text_of(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise ConfigurationError([f"{path}: there is no such file"]) from None
    except OSError as error:
        raise ConfigurationError([f"{path}: {error.strerror}"]) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigurationError([f"{path}: line {line}: is not UTF-8"]) from None


def _configuration(document: Document) -> Configuration | list[Fault]:
    """Read the models, or say what is wrong, apart from echoes of faults that are known."""
    try:
        return Configuration.model_validate(document.data)
    except ValidationError as error:
        found = [fault for fault in error.errors(include_url=False) if fault["type"] not in LATE_FAULTS]
    # The models compare names only once all else is well, and know nothing of variables that are missing.
    late = name_faults(_said(document, "authorizations", "name"), _named_jobs(document))
    if isinstance(document.data, dict) and document.data.get("authorizations") not in (None, []):
        late = [fault for fault in late if fault["loc"] != ("authorizations",)]  # it is there, and wrong
    if isinstance(document.data, dict):
        late += sender_faults(document.data.get("senders"), [_send(job) for job in _entries(document, "jobs")])
        jobs, webhooks = _readable_jobs(document), document.data.get("webhooks")
        late += clash_faults(jobs, _prefix(document.data.get("kafka")))
        late += homeless_faults(jobs, is_kept="history" in document.data)
        if webhooks is None or isinstance(webhooks, dict):
            late += unheard_faults(jobs, None if webhooks is None else webhooks.get("mode") or "push")
    if late:
        found += ValidationError.from_exception_data("Configuration", late).errors(include_url=False)
    faults = [
        Fault(_loc(details["loc"], document.data), _words(details, document))
        for details in found
        if not _is_echo(details)
    ]
    return [fault for fault in faults if not document.is_unread(fault.loc)]


def _judged(document: Document, judge: Judge) -> list[Fault]:
    found = [
        Fault(("jobs", number, *loc), text)
        for number, job in enumerate(_entries(document, "jobs"))
        for loc, text in judge(job)
    ]
    return [fault for fault in found if not document.is_unread(fault.loc)]


def _judged_security(document: Document, judge: Judge) -> list[Fault]:
    security = _security(document.data)
    found = [Fault(("kafka", "security", *loc), text) for loc, text in (() if security is None else judge(security))]
    return [fault for fault in found if not document.is_unread(fault.loc)]


def _security(data: Any) -> dict[str, Any] | None:
    kafka = data.get("kafka") if isinstance(data, dict) else None
    security = kafka.get("security") if isinstance(kafka, dict) else None
    return security if isinstance(security, dict) else None


def _from_folder(document: Document, folder: Path) -> None:
    """Take the files that kafka.security, authorizations, jobs and messages name, and state, from the file's folder.

    An alias may have one of these mappings stand at several places: it is completed once.
    """
    named = [_security(document.data), *_entries(document, "authorizations"), *_entries(document, "jobs")]
    named += _segments(document)
    for said in {id(one): one for one in named if isinstance(one, dict)}.values():
        for option in FILES:
            if isinstance(file := said.get(option), str) and file.strip():
                said[option] = str(folder / file)
    history = document.data.get("history") if isinstance(document.data, dict) else None
    if isinstance(history, dict) and isinstance(url := history.get("url"), str):
        history["url"] = in_folder(url, str(folder.absolute()))
    kafka = document.data.get("kafka") if isinstance(document.data, dict) else None
    if isinstance(kafka, dict):
        state = kafka.get(STATE_DIR, KafkaSettings.model_fields[STATE_DIR].default)
        kafka[STATE_DIR] = str(folder / state) if isinstance(state, str) and state.strip() else state


def _segments(document: Document) -> Iterator[Any]:
    """The pieces of messages that are made of pieces."""
    for job in _entries(document, "jobs"):
        content = job.get("content") if isinstance(job, dict) else None
        segments = content.get("segments") if isinstance(content, dict) else None
        yield from segments if isinstance(segments, list) else ()


def _is_echo(details: ErrorDetails) -> bool:
    """Whether a list is only short because its entries are wrong, which is told of each of them."""
    return details["type"] == "too_short" and len(details["input"]) >= details["ctx"]["min_length"]


def _named_jobs(document: Document) -> list[tuple[str | None, str | None]]:
    return list(zip(_said(document, "jobs", "name"), _said(document, "jobs", "authorization"), strict=True))


def _readable_jobs(document: Document) -> list[AnyJob | None]:
    """Read those jobs in which nothing is wrong; None stands for the others."""
    jobs: list[AnyJob | None] = []
    for number, said in enumerate(_entries(document, "jobs")):
        whole = not any(loc[:2] == ("jobs", number) for loc in document.unread)
        try:
            jobs.append(_JOB.validate_python(said) if whole else None)
        except ValidationError:
            jobs.append(None)
    return jobs


def _prefix(kafka: Any) -> str:
    said = kafka.get("topic_prefix") if isinstance(kafka, dict) else None
    return said if isinstance(said, str) else ""


def _send(job: Any) -> tuple[Any, Any] | None:
    """Who sends on which channel, where a job does that."""
    if not isinstance(job, dict) or job.get("kind") != "send_message" or not isinstance(job.get("content"), dict):
        return None
    return job.get("sender"), job["content"].get("channel")


def _entries(document: Document, section: str) -> list[Any]:
    entries = document.data.get(section) if isinstance(document.data, dict) else None
    return entries if isinstance(entries, list) else []


def _said(document: Document, section: str, key: str) -> list[str | None]:
    """Collect what each entry of a section says under a key; None where that is not known."""
    said = [entry.get(key) if isinstance(entry, dict) else None for entry in _entries(document, section)]
    return [
        name if isinstance(name, str) and not document.is_unread((section, number, key)) else None
        for number, name in enumerate(said)
    ]


def _loc(loc: Loc, data: Any) -> Loc:
    """Follow a place of a model as far as the file goes: a short form has no inside, and a key is where it stands."""
    place: list[str | int] = []
    for step in loc:
        if step == "[key]" and not (isinstance(data, dict) and step in data):
            break
        if isinstance(data, dict) and isinstance(step, str):
            data = data.get(step)
        elif isinstance(data, list) and isinstance(step, int):
            data = data[step]
        else:
            break
        place.append(step)
    return tuple(place)


def _words(details: ErrorDetails, document: Document) -> str:
    """One fault in words, with what is there; what a variable holds is named by the variable."""
    ctx, given = details.get("ctx", {}), details["input"]
    names = document.variables.get(_loc(details["loc"], document.data), ())
    if names and isinstance(given, str) and not given.strip():
        return f"the environment variable {' and '.join(names)} is {'blank' if given else 'empty'}"
    variables = ", ".join(f"${{{name}}}" for name in names)
    if details["type"] == "value_error":
        text = str(ctx["error"])
    elif details["type"] == "too_short" and isinstance(given, str):
        text = WORDS["string_too_short"]
    else:
        entries = "entry" if ctx.get("min_length") == 1 else "entries"
        words = {
            **ctx,
            "entries": entries,
            "pattern": PATTERNS.get(ctx.get("pattern", "")),
            "sort": SORTS.get(type(given), "that"),
        }
        text = WORDS.get(details["type"], "is wrong").format(
            **words, given=f"what {variables} holds" if variables else _shown(given)
        )
    if not variables or variables in text:
        return text
    hollow = "".join(f", and {name} is empty" for name in names if name in document.empty)
    return f"{text} (filled in from {variables}{hollow})"


def _shown(given: Any) -> str:
    match given:
        case None:
            return "empty"
        case bool():
            return str(given).lower()
        case str():
            return repr(given if len(given) <= GIVEN_MAX else f"{given[:GIVEN_MAX]}...")
        case int() | float():
            return f"{given:g}" if isinstance(given, float) or abs(given) > 10**GIVEN_MAX else str(given)
    return SORTS.get(type(given), "that")


def _with_variables(schema: Any) -> Any:
    """Let `${NAME}` stand where a schema wants a number or a flag."""
    if isinstance(schema, list):
        return [_with_variables(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("type") not in ("integer", "number", "boolean"):
        return {key: _with_variables(part) for key, part in schema.items()}
    notes = {key: schema[key] for key in ("title", "description", "default") if key in schema}
    form = {key: part for key, part in schema.items() if key not in notes}
    return {**notes, "anyOf": [form, {"type": "string", "pattern": r"^\$\{[A-Za-z_][A-Za-z0-9_]*(:-.*)?\}$"}]}
