"""What each channel can do, and what jobs call, as tables."""

from collections.abc import Iterator, Sequence

from schemas.content import CONTENTS
from schemas.jobs.send_message import UrlOptions
from streams.channels import CHANNELS
from streams.channels.channel import no_parts
from streams.jobs.shelf import kind_of
from tests.docs.options import TYPES
from tests.docs.records import examples
from tests.docs.tables import table

CAN = (
    "channel",
    "addressed by",
    "one request takes",
    "parts counted",
    "`url_options`",
    "`speed_limit: {by: infobip}`",
    "failover",
    "schedule",
    "names",
    "entry of `senders`",
)
#: What messages are found by again.
NAMES = ("campaign", "bulk_id", "platform")
CALLS = ("operation", "call", "requests a second", "scope")
ASKS = ("channel", "call", "requests a second", "logs", "scopes of the key")


def abilities() -> str:
    """What can be said in the options of a job of each channel."""
    return table(CAN, map(_abilities, CHANNELS))


def _abilities(name: str) -> Sequence[str]:
    channel, content = CHANNELS[name], CONTENTS[name]
    models = TYPES[name].values() if name in TYPES else (content,)
    fields = set.intersection(*(set(model.model_fields) for model in models))
    failovers = [field for field in ("sms_failover", "mms_failover") if field in fields]
    return (
        f"[`{name}`](contents.md#{name})",
        content.addressed_by,
        "up to `max_per_request` messages" if channel.takes_many else "one message",
        "" if channel.parts is no_parts else "yes",
        _url_options(name),
        "yes" if content.takes_speed_limit else "",
        ", ".join(f"`{field}`" for field in failovers),
        "yes" if "validity_period" in fields else "",
        ", ".join(f"`{option}`" for option in NAMES if option not in content.no_options),
        " or ".join(f"`{kind}`" for kind in dict.fromkeys(content.sender_kinds(name))),
    )


def _url_options(name: str) -> str:
    content = CONTENTS[name]
    if not content.tracks_urls:
        return ""
    left = [option for option in UrlOptions.model_fields if option not in content.no_url_options]
    return "all" if len(left) == len(UrlOptions.model_fields) else ", ".join(f"`{option}`" for option in left)


def calls() -> str:
    """What a job of each channel asks of Infobip."""
    return table(ASKS, _calls())


def _calls() -> Iterator[Sequence[str]]:
    for name, channel in CHANNELS.items():
        send, logs = channel.operation, channel.logs
        scopes = dict.fromkeys(operation.scope for operation in channel.operations)
        yield (
            f"`{name}`",
            f"`{send.name}`: `{send.method} {send.path}`",
            "none published" if send.per_second == float("inf") else f"{send.per_second:,g}",
            "none" if logs is None else f"`{logs.name}`: `{logs.method} {logs.path}`, {logs.per_second:g} a second",
            ", ".join(f"`{scope}`" for scope in scopes),
        )


def calls_of(kind: str) -> str:
    """What a job of a kind calls, whatever its options."""
    job = next(job for job in examples().values() if job.kind == kind)
    operations = kind_of(job).operations(job, None)
    return table(
        CALLS,
        [
            (f"`{one.name}`", f"`{one.method} {one.path}`", f"{one.per_second:,g}", f"`{one.scope}`")
            for one in operations
        ],
    )
