"""What a configuration says that only the channels and this machine can judge."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from schemas.content.mms import FileSegment, MmsContent
from schemas.jobs import Configuration, SendMessage
from schemas.tokens import literal
from streams.channels import SHELF
from streams.errors import ConfigurationError


def check_sends(configuration: Configuration) -> None:
    """Look at the files of sends, and at texts that are too long whatever their tokens stand for.

    Raises:
        ConfigurationError: with every fault and its path.

    """
    faults: list[str] = []
    for number, job in enumerate(configuration.jobs):
        if isinstance(job, SendMessage):
            faults += [f"jobs[{number}].{fault}" for fault in (*_missing_files(job.content), *_long_texts(job))]
    if faults:
        raise ConfigurationError(faults)


def _missing_files(content: Any) -> Iterator[str]:
    if isinstance(content, MmsContent):
        for place, segment in enumerate(content.segments):
            if isinstance(segment, FileSegment) and not Path(segment.file).is_file():
                yield f"content.segments[{place}].file: there is no file {segment.file} here ({Path.cwd()})"


def _long_texts(job: SendMessage) -> Iterator[str]:
    channel, text = SHELF[job.content.channel], getattr(job.content, "text", None)
    if isinstance(text, str):
        least = job.content.model_copy(update={"text": literal(text)})
        if (unfit := channel.check(least, "", channel.parts(least))) is not None:
            yield unfit.detail
