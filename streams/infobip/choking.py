"""Whether Infobip is down or chokes on what one call carries: a quiet rule on how it and others of its kind fared."""

from dataclasses import dataclass, replace

from streams.calls.call import Call, Suspicion
from streams.infobip.retry import Attempt

#: A call that failed so often in a row is not repeated as it is, where others are taken or parts of it may be.
FAILURES = 5
#: How long a call is repeated whole before its items are sent in pieces, although no other call shows that Infobip is
#: there; after each time in vain twice as long, up to three quarters of an hour.
PROBE_SECONDS = 5.0
DOUBLINGS_MAX = 9


@dataclass(slots=True)
class Record:
    """How calls of one operation fare: how many were taken, and whether one failed since that nobody suspects."""

    taken: int = 0
    failing: bool = False

    def took(self) -> None:
        """Note that one was taken."""
        self.taken += 1
        self.failing = False


def suspected(call: Call, suspicion: Suspicion, answer: Attempt, now: float, begun: int, record: Record) -> Suspicion:
    """What is to be thought of a call after one more try that was not taken.

    `begun` is how many calls of its operation had been taken when it was begun.
    """
    if suspicion.trusted or answer.undone or answer.retry_after_seconds is not None:
        # Nobody listens, or Infobip has asked for time: that is not for the sake of one body.
        return replace(suspicion, status=answer.status, reason=answer.reason)
    record.failing = record.failing or not (suspicion.alone or suspicion.probe)
    at_first = suspicion.taken if suspicion.failures else begun if suspicion.probe else record.taken
    told = replace(
        suspicion,
        failures=suspicion.failures + 1,
        since=now if suspicion.since is None else suspicion.since,
        taken=at_first,
        others=record.taken > at_first,
        status=answer.status,
        reason=answer.reason,
    )
    return replace(told, choked=_chokes(call, told, now, record))


def _chokes(call: Call, told: Suspicion, now: float, record: Record) -> bool:
    if told.probe:
        return True
    if told.failures < FAILURES or told.since is None:
        return False
    waited = now - told.since
    if told.alone:
        return waited >= told.patience_seconds and not record.failing
    return told.others or (call.items > 1 and waited >= PROBE_SECONDS * 2.0 ** min(told.probes, DOUBLINGS_MAX))
