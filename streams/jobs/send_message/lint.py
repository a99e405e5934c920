"""What jobs.yaml says of a send that only the channels and this machine can judge."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from schemas.content import Content
from schemas.content.mms import FileSegment, MmsContent
from schemas.text.tokens import literal
from streams.channels import CHANNELS
from streams.config.paths import Loc
from streams.pipeline.callback_data import CALLBACK_DATA_MAX, callback_data

_CONTENT: TypeAdapter[Any] = TypeAdapter(Content)


def lint(job: Any) -> Iterator[tuple[Loc, str]]:
    """Say which files are not there, and what is too long whatever its tokens stand for, with places in the job.

    `job` is what the file says, right or wrong: what cannot be read is passed over, for the models tell of it. Names of
    files are complete by now.
    """
    yield from _callback_data(job)
    try:
        content = _CONTENT.validate_python(job.get("content"))
    except ValidationError:
        return
    yield from _missing_files(content)
    yield from _long_text(content)


def _missing_files(content: Any) -> Iterator[tuple[Loc, str]]:
    if isinstance(content, MmsContent):
        for number, segment in enumerate(content.segments):
            if isinstance(segment, FileSegment) and not _is_there(segment.file):
                yield ("content", "segments", number, "file"), f"there is no file {segment.file}"


def _is_there(file: str) -> bool:
    try:
        return Path(file).is_file()
    except OSError:  # no name that a file can have, or one in a folder that is closed to us
        return False


def _long_text(content: Any) -> Iterator[tuple[Loc, str]]:
    channel, text = CHANNELS[content.channel], getattr(content, "text", None)
    if isinstance(text, str):
        least = content.model_copy(update={"text": literal(text)})
        if (unfit := channel.check(least, "", channel.parts(least))) is not None:
            yield ("content", "text"), unfit.detail.removeprefix("content.text: ")


def _callback_data(job: Mapping[str, Any]) -> Iterator[tuple[Loc, str]]:
    said = job.get("callback_data")
    if isinstance(said, Mapping) and all(isinstance(value, str) for value in said.values()):
        theirs = {str(name): literal(value) for name, value in said.items()}
        least = len(callback_data(str(job.get("name")), "", "", "", theirs))
        if least > CALLBACK_DATA_MAX:
            detail = f"must be at most {CALLBACK_DATA_MAX} characters with the job's own keys, not {least} or more"
            yield ("callback_data",), detail
