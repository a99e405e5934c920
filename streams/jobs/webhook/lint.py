"""What jobs.yaml says of a webhook that only the engines, the addresses and this machine can judge."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from streams.config.paths import Loc
from streams.errors import ConfigurationError
from streams.infobip.addresses import is_private_literal
from streams.jobs.webhook.success import NoExpression, compile_success
from streams.templates.renderer import compile_fault
from streams.templates.source import read_source


def lint(job: Mapping[str, Any]) -> Iterator[tuple[Loc, str]]:
    """Say what no template, no expression and no address is, with places in the job.

    `job` is what the file says, right or wrong: what cannot be read is passed over, for the models tell of it. Names of
    files are complete by now. Blocks as reading files does, and for as long as a template takes to compile.
    """
    template, success, url = job.get("template"), job.get("success"), job.get("url")
    if isinstance(template, str) and template.strip() and (fault := _template_fault(template)):
        yield ("template",), fault
    if isinstance(success, str):
        try:
            compile_success(success)
        except NoExpression as fault_of_it:
            yield ("success",), str(fault_of_it)
    if isinstance(url, str) and job.get("allow_private") is not True and _is_private(url):
        yield ("url",), "is a private address: say `allow_private: true` if it is to be called"


def _template_fault(name: str) -> str | None:
    try:
        source = read_source(Path(name))
    except ConfigurationError as error:
        return error.faults[0]
    fault = compile_fault(source)
    return None if fault is None else f"does not compile: {fault.told(source.name)}"


def _is_private(url: str) -> bool:
    try:
        return is_private_literal(urlsplit(url).hostname or "")
    except ValueError:
        return False
