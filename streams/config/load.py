"""jobs.yaml -> models, with every fault at once."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from schemas.clashes import clash_faults, homeless_faults, unheard_faults
from schemas.config.history import in_folder
from schemas.config.kafka import KafkaSettings
from schemas.configuration import Configuration, name_faults, sender_faults
from streams.config import sections, yaml_file
from streams.config.fault_words import place_of, words_of
from streams.config.files import look_at_files, with_keys
from streams.config.paths import Loc, written
from streams.config.yaml_file import Document, Fault
from streams.errors import ConfigurationError

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
#: Of so many jobs a number says which is meant.
COUNTED_JOBS = 5
HERE = Path()
#: What names a file beside jobs.yaml, in kafka.security, in authorizations, in jobs and in their messages.
FILES = ("ca_file", "certificate_file", "key_file", "api_key_file", "file", "template")
STATE_DIR = "state_dir"

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
    keys, lacking = look_at_files(sections.entries(document, "authorizations"))
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
    names = sections.said(document, "jobs", "name")
    if len(names) <= COUNTED_JOBS or loc[:1] != ("jobs",) or len(loc) == 1:
        return ""
    name = names[int(loc[1])]
    return f" (line {document.line(loc)})" if name is None else f" (job '{name}', line {document.line(loc)})"


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
    late = name_faults(sections.said(document, "authorizations", "name"), sections.named_jobs(document))
    if isinstance(document.data, dict) and document.data.get("authorizations") not in (None, []):
        late = [fault for fault in late if fault["loc"] != ("authorizations",)]  # it is there, and wrong
    if isinstance(document.data, dict):
        late += sender_faults(
            document.data.get("senders"), [sections.send(job) for job in sections.entries(document, "jobs")]
        )
        jobs, webhooks = sections.readable_jobs(document), document.data.get("webhooks")
        late += clash_faults(jobs, sections.prefix(document.data.get("kafka")))
        late += homeless_faults(jobs, is_kept="history" in document.data)
        if webhooks is None or isinstance(webhooks, dict):
            late += unheard_faults(jobs, None if webhooks is None else webhooks.get("mode") or "push")
    if late:
        found += ValidationError.from_exception_data("Configuration", late).errors(include_url=False)
    faults = [
        Fault(place_of(details["loc"], document.data), words_of(details, document))
        for details in found
        if not _is_echo(details)
    ]
    return [fault for fault in faults if not document.is_unread(fault.loc)]


def _judged(document: Document, judge: Judge) -> list[Fault]:
    found = [
        Fault(("jobs", number, *loc), text)
        for number, job in enumerate(sections.entries(document, "jobs"))
        for loc, text in judge(job)
    ]
    return [fault for fault in found if not document.is_unread(fault.loc)]


def _judged_security(document: Document, judge: Judge) -> list[Fault]:
    security = sections.security(document.data)
    found = [Fault(("kafka", "security", *loc), text) for loc, text in (() if security is None else judge(security))]
    return [fault for fault in found if not document.is_unread(fault.loc)]


def _from_folder(document: Document, folder: Path) -> None:
    """Take the files that kafka.security, authorizations, jobs and messages name, and state, from the file's folder.

    An alias may have one of these mappings stand at several places: it is completed once.
    """
    named = [
        sections.security(document.data),
        *sections.entries(document, "authorizations"),
        *sections.entries(document, "jobs"),
    ]
    named += sections.segments(document)
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


def _is_echo(details: ErrorDetails) -> bool:
    """Whether a list is only short because its entries are wrong, which is told of each of them."""
    return details["type"] == "too_short" and len(details["input"]) >= details["ctx"]["min_length"]
