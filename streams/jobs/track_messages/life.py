"""The life of a message: what is told of it and the time move it forward, and nothing moves it back."""

from streams.jobs.track_messages.facts import Fact
from streams.jobs.track_messages.rules import Rules
from streams.jobs.track_messages.state import Origin, Reply, Tracked
from streams.jobs.track_messages.transitions import PENDING, further

#: Distinct links of a message that are remembered: none of ours has more.
URLS_MAX = 100


def concerns(tracked: Tracked | None, fact: Fact, rules: Rules, now_ms: int) -> bool:
    """Whether a fact is about a message that is followed, and not long forgotten.

    What is told of a message after it was forgotten could only take back what was said.
    """
    origin = fact.origin
    if not rules.follows(origin.job) and (fact.is_own or origin.job is not None):
        return False
    if tracked is not None or fact.is_own or origin.sent_at_us is None:
        return True
    return origin.sent_at_us // 1000 + rules.kept_of(origin) > now_ms


def told(tracked: Tracked, fact: Fact, rules: Rules, now_ms: int) -> Tracked:
    """What is known of a message with one more fact."""
    if fact.is_own and not tracked.is_owned:
        tracked = _owned(tracked, fact.origin, now_ms)
    elif not tracked.is_owned and fact.origin != tracked.origin:
        tracked = tracked._replace(origin=_filled(tracked.origin, fact.origin))
    if fact.standing is not None:
        tracked = tracked._replace(standing=further(tracked.standing, fact.standing))
    if fact.is_own and not tracked.is_silent and _is_sent(tracked):
        tracked = tracked._replace(is_silent=rules.has_no_reports(tracked.origin))
    if fact.seen_at_us is not None and (tracked.seen_at_us is None or fact.seen_at_us < tracked.seen_at_us):
        tracked = tracked._replace(seen_at_us=fact.seen_at_us)
    if fact.url is not None and fact.url not in tracked.urls and len(tracked.urls) < URLS_MAX:
        tracked = tracked._replace(urls=tuple(sorted((*tracked.urls, fact.url))))
    if fact.reply is not None:
        tracked = tracked._replace(reply=_first(tracked.reply, fact.reply))
    return tracked


def _owned(tracked: Tracked, origin: Origin, now_ms: int) -> Tracked:
    """With our own record, whose words count; a time of it that is yet to come does not."""
    sent_ms = now_ms if origin.sent_at_us is None else origin.sent_at_us // 1000
    return tracked._replace(is_owned=True, origin=origin, began_ms=min(sent_ms, now_ms))


def _filled(known: Origin, said: Origin) -> Origin:
    return Origin._make(old if old is not None else new for old, new in zip(known, said, strict=True))


def _is_sent(tracked: Tracked) -> bool:
    return tracked.standing is not None and tracked.standing.rank >= PENDING


def _first(known: Reply | None, said: Reply) -> Reply:
    return said if known is None else min(known, said)


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
