"""What `preview` drives of a send: nobody has had a message before, and its files are as if they were uploaded."""

from schemas.config.webhooks import Webhooks
from schemas.content.mms import MmsContent
from schemas.jobs.send_message import SendMessage
from streams.channels.mms import files, uploaded
from streams.jobs.send_message.last_messages import LastMessages
from streams.jobs.send_message.plan import Messenger
from streams.jobs.send_message.processor import TimedMessenger
from streams.pipeline.dry_run import DryRun
from streams.pipeline.window import OpenWindow


def dry_run(job: SendMessage, webhooks: Webhooks | None, now: float) -> DryRun:
    """A send at one moment."""
    messenger = Messenger(_as_uploaded(job), webhooks)
    last = None if job.seconds_between is None else LastMessages(job.seconds_between)
    window = OpenWindow(job.wants, job.flush.max_events)
    return DryRun(window, TimedMessenger(messenger, lambda: now, last), messenger.left_out)


def _as_uploaded(job: SendMessage) -> SendMessage:
    """The job as if its files were uploaded, each under its own name."""
    if not isinstance(job.content, MmsContent):
        return job
    return job.model_copy(update={"content": uploaded(job.content, {path: path for path in files(job.content)})})
