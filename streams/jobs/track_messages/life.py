"""The life of a message: what is told of it and the time move it forward, and nothing moves it back."""

from typing import TypeVar

from streams.jobs.track_messages.facts import Fact
from streams.jobs.track_messages.rules import Rules
from streams.jobs.track_messages.state import Origin, Reply, Tracked
from streams.jobs.track_messages.transitions import PENDING, further

T = TypeVar("T", int, Reply)

#: Distinct links of a message that are remembered: none of ours has more.
URLS_MAX = 100


def concerns(tracked: Tracked | None, fact: Fact, rules: Rules, now_ms: int) -> bool:
    """Whether a fact is about a message that is followed, and not long forgotten.

    What is told of a message after it was forgotten could only take back what was said.
    """
    job = fact.job
    if not rules.follows(job) and (fact.is_own or job is not None):
        return False
    if tracked is not None or fact.is_own or (sent_at_us := fact.sent_at_us) is None:
        return True
    return sent_at_us // 1000 + rules.kept_of(fact.origin) > now_ms


def told(known: Tracked, fact: Fact, rules: Rules, now_ms: int) -> Tracked:
    """What is known of a message with one more fact."""
    began_ms, origin = _beginning(known, fact, now_ms)
    standing = known.standing if fact.standing is None else further(known.standing, fact.standing)
    is_silent = known.is_silent
    if fact.is_own and not is_silent and standing is not None and standing.rank >= PENDING:
        is_silent = rules.has_no_reports(origin)
    return Tracked(
        began_ms,
        known.is_owned or fact.is_own,
        is_silent,
        known.has_waited,
        known.decided_ms,
        known.said,
        known.events,
        origin,
        standing,
        known.seen_at_us if fact.seen_at_us is None else _first(known.seen_at_us, fact.seen_at_us),
        known.urls if fact.url is None else _with(known.urls, fact.url),
        known.reply if fact.reply is None else _first(known.reply, fact.reply),
    )


def _beginning(known: Tracked, fact: Fact, now_ms: int) -> tuple[int, Origin]:
    """Our own record's words count; a time of it that is yet to come does not."""
    if known.is_owned:
        return known.began_ms, known.origin
    origin = fact.origin
    if not fact.is_own:
        return known.began_ms, _filled(known.origin, origin)
    return now_ms if origin.sent_at_us is None else min(origin.sent_at_us // 1000, now_ms), origin


def _filled(known: Origin, said: Origin) -> Origin:
    return Origin._make(old if old is not None else new for old, new in zip(known, said, strict=True))


def _first(known: T | None, said: T) -> T:
    return said if known is None else min(known, said)


def _with(urls: tuple[str, ...], url: str) -> tuple[str, ...]:
    return urls if url in urls or len(urls) == URLS_MAX else tuple(sorted((*urls, url)))


def may_tell(tracked: Tracked, rules: Rules, now_ms: int) -> bool:
    """Whether anything is said of a message: once our own record of it is there.

    Of one that only reports tell of, once that record did not come; and only what Infobip's final report says.
    """
    return tracked.is_owned or tracked.decided_ms is not None or (_has_end(tracked) and now_ms >= due(tracked, rules))


def _has_end(tracked: Tracked) -> bool:
    return tracked.origin.job is not None and tracked.standing is not None and tracked.standing.is_final


def due(tracked: Tracked, rules: Rules) -> int:
    """When the time next changes something, in Unix milliseconds."""
    origin = tracked.origin
    if tracked.decided_ms is not None:
        return max(tracked.began_ms + rules.kept_of(origin), tracked.decided_ms + rules.wait_of(origin))
    if not tracked.is_owned and _has_end(tracked):
        return tracked.began_ms + rules.hold_of(origin)
    return tracked.began_ms + rules.wait_of(origin)


def is_over(tracked: Tracked, rules: Rules, now_ms: int) -> bool:
    """Whether a message whose time has come is to be forgotten."""
    return tracked.decided_ms is not None or not may_tell(tracked, rules, now_ms)
