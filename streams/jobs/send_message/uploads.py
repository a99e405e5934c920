"""Files that messages show, given to Infobip before the first message that refers to them."""

import asyncio
from pathlib import Path

from schemas.content.mms import MmsContent
from schemas.jobs.send_message import SendMessage
from streams.channels.mms import UPLOAD_MINUTES, files, upload_call, uploaded
from streams.errors import JobFailed
from streams.infobip.account import upload
from streams.infobip.client import Client

#: Infobip forgets files; a job that still runs by then uploads them again.
FRESH_SECONDS = UPLOAD_MINUTES * 60 * 0.9


async def with_files_uploaded(job: SendMessage, client: Client) -> SendMessage:
    """The job, whose content refers to files as Infobip has them; the same job where it shows none.

    Raises:
        JobFailed: a file cannot be read.

    """
    if not isinstance(job.content, MmsContent) or not files(job.content):
        return job
    ids: dict[str, str] = {}
    for path, media_type in files(job.content).items():
        try:
            file = await asyncio.to_thread(Path(path).read_bytes)
        except OSError as error:
            raise JobFailed(f"job '{job.name}': content.segments: {path}: {error.strerror}") from None
        ids[path] = await upload(client, upload_call(job.name, media_type, file))
    return job.model_copy(update={"content": uploaded(job.content, ids)})
