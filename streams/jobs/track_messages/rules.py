"""What a job says of the messages it follows, ready to be asked of each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from schemas.jobs.track_messages import ALL, TrackMessages
from streams.jobs.track_messages.countries import silence
from streams.jobs.track_messages.state import Origin

#: Channels that the countries without reports are known for. An LMS is reported as an SMS.
_SILENT_CHANNELS = frozenset({"sms", "mms", "lms"})
#: A report may be faster than our own record of its message; what only reports tell of is believed after so long.
_HOLD = timedelta(minutes=15)


def _ms(length: timedelta) -> int:
    return length // timedelta(milliseconds=1)


HOLD_MS = _ms(_HOLD)


@dataclass(frozen=True, slots=True)
class Rules:
    """A job's rules; lengths in milliseconds."""

    job: str
    jobs: frozenset[str]
    wait_ms: int
    wait_by_channel: Mapping[str, int]
    wait_by_job: Mapping[str, int]
    wait_for_reply_ms: int
    campaign_event: str
    campaign_channels: frozenset[str]
    is_silent: Callable[[str], bool]

    def follows(self, job: str | None) -> bool:
        """Whether messages of a job are followed."""
        return not self.jobs or job in self.jobs

    def wait_of(self, origin: Origin) -> int:
        """How long a message waits for its final report."""
        found = self.wait_by_job.get(origin.job or "")
        return self.wait_by_channel.get(origin.channel or "", self.wait_ms) if found is None else found

    def hold_of(self, origin: Origin) -> int:
        """How long a report waits for our own record of its message."""
        return min(HOLD_MS, self.wait_of(origin))

    def kept_of(self, origin: Origin) -> int:
        """How long a message is remembered: as long again as it waits."""
        return 2 * max(self.wait_of(origin), self.wait_for_reply_ms)

    def has_no_reports(self, origin: Origin) -> bool:
        """Whether nothing is ever reported of such a message."""
        return origin.channel in _SILENT_CHANNELS and self.is_silent((origin.to or "").removeprefix("+"))

    def makes_events(self, channel: str | None) -> bool:
        """Whether messages of a channel make campaign events."""
        return ALL in self.campaign_channels or channel in self.campaign_channels


def rules_of(job: TrackMessages) -> Rules:
    """The rules that a job's options make."""
    return Rules(
        job=job.name,
        jobs=frozenset(job.jobs),
        wait_ms=_ms(job.wait),
        wait_by_channel={channel: _ms(wait) for channel, wait in job.wait_by_channel.items()},
        wait_by_job={name: _ms(wait) for name, wait in job.wait_by_job.items()},
        wait_for_reply_ms=_ms(job.wait_for_reply),
        campaign_event=job.campaign_event,
        campaign_channels=frozenset(job.campaign_events_of),
        is_silent=silence(job.countries_without_reports),
    )
