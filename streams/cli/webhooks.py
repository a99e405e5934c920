"""What `webhooks` shows: the addresses that Infobip is to tell; and the subscriptions that `--subscribe` makes."""

from collections.abc import Callable, Collection, Iterator, Sequence

from schemas.config.webhooks import Webhooks, channel_word
from schemas.configuration import Configuration
from schemas.jobs import AnyJob, authorization_of
from schemas.jobs.receive_messages import ReceiveMessages
from schemas.jobs.send_message import SendMessage
from streams.app.accounts import client_of
from streams.channels.notifications import ADDRESSED, NOTIFICATIONS, SUBSCRIBED, Notification
from streams.errors import ConfigurationError
from streams.infobip.subscriptions import Security, Subscription, subscribe

#: What ids of ours begin with, and the name that Infobip gives beside the secret.
OURS = "infobip-streams"
HEADING = (
    "# Messages of this service carry the addresses of their reports, of what was seen and of clicks by themselves.",
    "# For all others, and for inbound messages that no job of this file receives, enter these at Infobip as the",
    "# notify URLs of subscriptions, of the channel and the events that stand behind each; or have --subscribe do so.",
    "# An address lets in whoever knows it: keep it as a password.",
)
#: Where an address goes of a channel that cannot be subscribed to.
OF_OMNI = "URL in your own requests to the Messages API, or in OMNI failover scenarios"


def webhook_lines(configuration: Configuration, *, every: bool) -> Iterator[str]:
    """A line for each address: what it is told, the channel, the address, and where to enter it.

    With `every`, of all channels; else of those that the file's jobs send on. Jobs that receive have lines of their
    own: they enter their address by themselves.

    Raises:
        ConfigurationError: the file has no receiver that Infobip could call, or no job that it could tell anything.

    """
    webhooks = _receiver(configuration)
    chosen = _chosen(ADDRESSED if every else _sent_on(configuration.jobs))
    told = [(one.what, one.channel, _entered(one)) for one in chosen]
    told += [("inbound", job.channel, _subscribed(job)) for job in _receiving(configuration.jobs)]
    if not told:
        raise ConfigurationError(["jobs: none sends or receives messages; --all shows the addresses of all channels"])
    yield from HEADING
    rows = [(what, channel, webhooks.address(what, channel) or "", where) for what, channel, where in told]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for *said, where in rows:
        columns = "  ".join(f"{text:<{width}}" for text, width in zip(said, widths, strict=True))
        yield f"{columns}  {where}"


async def subscribe_all(configuration: Configuration, *, every: bool, say: Callable[[str], None]) -> None:
    """Make or change our subscriptions at the accounts that jobs send with, and say what was done.

    Raises:
        ConfigurationError: as `webhook_lines`.
        StreamsError: as `subscribe`.

    """
    webhooks = _receiver(configuration)
    base = _base(configuration)
    security, known = _security(webhooks, base), 0
    for authorization in configuration.authorizations:
        jobs = [job for job in configuration.jobs if authorization_of(job) == authorization.name]
        channels = ADDRESSED if every else _sent_on(jobs)
        if not (wanted := _subscriptions(webhooks, base, _chosen(channels))):
            continue
        known += len(wanted)
        client = client_of(authorization)
        try:
            await subscribe(client, security, wanted, say)
        finally:
            await client.aclose()
    if not known:
        raise ConfigurationError(["jobs: none sends messages; --all subscribes to all channels"])


def _receiver(configuration: Configuration) -> Webhooks:
    webhooks = configuration.webhooks
    if webhooks is None:
        raise ConfigurationError(["webhooks: is missing, so that Infobip has nobody to tell"])
    if webhooks.mode == "pull":
        raise ConfigurationError(
            ["webhooks.mode: with pull Infobip is asked, and calls nobody: there are no addresses"]
        )
    return webhooks


def _sent_on(jobs: Sequence[AnyJob]) -> Collection[str]:
    return {channel_word(job.content.channel) for job in jobs if isinstance(job, SendMessage)}


def _receiving(jobs: Sequence[AnyJob]) -> list[ReceiveMessages]:
    return [job for job in jobs if isinstance(job, ReceiveMessages)]


def _subscribed(job: ReceiveMessages) -> str:
    keyword = "" if job.keyword is None else f", keyword {job.keyword}"
    return f"number {job.number}{keyword}: job {job.name} subscribes by itself"


def _chosen(channels: Collection[str]) -> list[Notification]:
    return [one for one in NOTIFICATIONS if one.channel in channels]


def _entered(one: Notification) -> str:
    if one.channel not in SUBSCRIBED:
        return OF_OMNI
    return f"subscription of {SUBSCRIBED[one.channel]} to {', '.join(one.events)}"


def _base(configuration: Configuration) -> str:
    """What all ids begin with: services with topics of their own have subscriptions of their own."""
    prefix = configuration.kafka.topic_prefix.strip("._-")
    return f"{OURS}-{prefix}" if prefix else OURS


def _subscriptions(webhooks: Webhooks, base: str, chosen: Sequence[Notification]) -> list[Subscription]:
    """One for each address, which is plain: Infobip proves itself by what its profile refers to."""
    return [
        Subscription(
            subscription_id=f"{base}-{one.channel}-{one.what}",
            channel=SUBSCRIBED[one.channel],
            events=one.events,
            address=webhooks.plain_address(one.what, one.channel) or "",
        )
        for one in chosen
        if one.channel in SUBSCRIBED
    ]


def _security(webhooks: Webhooks, base: str) -> Security:
    """How Infobip proves itself: it signs, where the file says how; else it gives the secret as a password."""
    secret = webhooks.secrets[0]
    if webhooks.hmac is None:
        return Security(base, "BASIC", {"username": OURS, "password": secret})
    # subscriptions-api.json, HmacAlgorithm: HMAC_MD5, HMAC_SHA_1, HMAC_SHA_256 and so on.
    algorithm = f"HMAC_{webhooks.hmac.algorithm.replace('SHA', 'SHA_')}"
    return Security(base, "HMAC", {"secretKey": secret, "algorithm": algorithm})
