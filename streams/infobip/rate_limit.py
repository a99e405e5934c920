"""When the next call of an operation may go: evenly spaced, slower after a 429, and never to catch up."""

from collections import deque
from math import inf

#: Calls are spaced this much wider than the limit asks, because an answering server counts arrivals and the network
#: does not keep distances.
HEADROOM = 0.012
#: Answers of so long are counted to see what is left of a limit; of slow operations, of the time of two calls.
COUNTED_SECONDS, COUNTED_CALLS = 1.0, 2.0
#: A 429 after so long without one is a stray one: nobody else uses the limit.
STRAY_SECONDS = 40.0
#: How long a pace is kept after a stray 429 before the next step up; where others use the limit, at first and at most.
STRAY_HOLD_SECONDS, HOLD_SECONDS, HOLD_SECONDS_MAX = 1.0, 8.0, 30.0
#: A step of pace: of a second's calls, but one at least. A whole call, because the limit counts whole ones.
STEP = 0.05
#: Seconds of two clients lie differently to each other: of two counts so close in time the larger one counts.
CLOSE_SECONDS = 15.0
#: Where so few calls are left, a step is much of them: not the first 429 after it undoes it, but the second.
FEW_CALLS = 3.0
SLOWEST = 1 / 16
#: So many 429s in a row, and none taken between them: no call is. Two in a row befall one of a hundred where a tenth is
#: refused by chance, and of several in flight more.
SHUT_CALLS = 3


class Throttle:
    """When the calls of one operation may go; told the time by its caller, in seconds on a clock that never goes back.

    Places of two calls are never closer than 1/(rate x share), so no second ever holds more than `rate` of them
    (rounded up). Who is held up after it was given its place, for the machine stalls or a connection takes long to be
    made, goes out together with those behind it: so a call may only go out while fewer went than the limit takes, each
    counted from when it really did.

    After a 429 they are spaced by what was taken in the second before it: that is what others have left of the limit.
    After a stray one the full pace is back within some seconds. Where they come again and again another client uses
    the account, and the pace stays near the rest: a step more now and then, the later the sooner the last one failed.
    Others than the refused call are held back only where none was taken since another was refused: then slower is not
    slow enough, and none goes for as long as Infobip asks.
    """

    __slots__ = (
        "_answers",
        "_counted",
        "_gone",
        "_hold",
        "_last",
        "_not_before",
        "_pace",
        "_rate",
        "_refused_at",
        "_refused_in_a_row",
        "_share",
        "_spared",
        "_step",
        "_stepped_at",
        "held_up",
    )

    def __init__(self, rate_per_second: float) -> None:
        if not rate_per_second > 0:
            raise ValueError(f"a limit is more than 0 requests per second, not {rate_per_second}")
        self._rate = rate_per_second
        self._share = 1.0
        #: Calls per second since the last 429; None at full pace.
        self._pace: float | None = None
        self._answers: deque[float] = deque()
        self._hold, self._step, self._counted, self._spared = STRAY_HOLD_SECONDS, 0.0, 0.0, False
        #: How many calls were refused, and none taken since.
        self._refused_in_a_row = 0
        self._last = self._not_before = self._refused_at = self._stepped_at = -inf
        #: When calls really went out, as many as may count.
        self._gone: deque[float] = deque()
        #: How many have their places, and wait until they may go out.
        self.held_up = 0

    @property
    def rate_per_second(self) -> float:
        """Calls per second that may go at present."""
        return self._full if self._pace is None else min(self._full, self._pace)

    def opens_at(self) -> float:
        """Tell the earliest time for the next call; infinite while this process has no share."""
        rate = self.rate_per_second
        if rate <= 0:
            return inf
        gap = (1 + HEADROOM) / rate
        # Those that are held up go first, or they would wait for as long as others come.
        behind = self.departs_at() + self.held_up * gap if self.held_up else -inf
        return max(self._last + gap, self._not_before, behind)

    def reserve(self, now: float) -> float:
        """Take the next place and return its time, `now` or later; without a share there is none: it is infinite."""
        at = max(now, self.opens_at())
        if at < inf:
            self._last = at
        return at

    def departs_at(self) -> float:
        """Tell the earliest time at which one that has its place may go out: it is past, unless some were held up."""
        calls, seconds = self._window
        return self._gone[-int(calls)] + seconds if len(self._gone) >= calls else -inf

    def depart(self, now: float) -> None:
        """Count a call that goes out now."""
        _, seconds = self._window
        while self._gone and self._gone[0] <= now - seconds:
            self._gone.popleft()
        self._gone.append(now)

    def recall(self, departed_at: float) -> None:
        """Count a call no more that was to go out at that time, and has not."""
        for place in range(len(self._gone) - 1, -1, -1):  # it is one of the last
            if self._gone[place] == departed_at:
                del self._gone[place]
                return

    def share(self, fraction: float) -> None:
        """Set this process's part of the limit, from 0 to 1.

        Raises:
            ValueError: it is no part.

        """
        if not 0 <= fraction <= 1:
            raise ValueError(f"a share lies between 0 and 1, not {fraction}")
        if self._pace is not None:
            # Of no share nothing is known: with one, it begins at full pace.
            self._pace = self._pace * fraction / self._share if self._share > 0 and fraction > 0 else None
        self._share = fraction

    def slow_down(self, now: float, retry_after_seconds: float | None = None, sent_at: float | None = None) -> None:
        """Note a 429 to a call that went out at `sent_at`: slower from now on, or not at all for `retry_after_seconds`.

        One to a call that was sent before the last 429 came is no news of the pace. It is for the caller to keep the
        call itself from its next try for so long.
        """
        self._refused_in_a_row += 1
        if self._refused_in_a_row >= SHUT_CALLS and retry_after_seconds is not None:
            self._not_before = max(self._not_before, now + retry_after_seconds)
        if sent_at is None or sent_at > self._refused_at:
            self._fall_back(now)
        self._stepped_at = max(now, self._not_before)

    def _fall_back(self, now: float) -> None:
        pace, unit, counted = self.rate_per_second, self._unit, self._taken(now)
        left = max(counted, self._counted) if now - self._refused_at < CLOSE_SECONDS else counted
        near = counted > 0 and pace <= left + unit
        # At least half of the pace, for nobody may have asked for more of late; and never so little as none.
        rest = max(left, pace / 2 if pace < inf else 0.0, SLOWEST * (self._full if self._full < inf else 1.0))
        stray = now - self._refused_at >= STRAY_SECONDS
        # A 429 costs about a second: a step more is worth it that lasts so long that it brings more than that.
        lasted = now - self._stepped_at >= max(1.0, rest / unit)
        spared = rest / unit <= FEW_CALLS and not self._spared
        if not stray and near and (lasted or spared):
            self._hold = min(HOLD_SECONDS_MAX, 1.5 * max(self._hold, HOLD_SECONDS))
            self._spared = not lasted
        else:
            if stray:
                self._hold = STRAY_HOLD_SECONDS
            else:
                again = not lasted and self._hold >= HOLD_SECONDS
                self._hold = min(HOLD_SECONDS_MAX, 2 * self._hold) if again else HOLD_SECONDS
            self._spared = False
            self._pace = min(pace, rest)
        self._step, self._counted = unit, counted
        self._refused_at = now

    def succeeded(self, now: float) -> None:
        """Note an answer that was no 429: after a while without one, a step back towards full pace."""
        self._refused_in_a_row = 0
        self._answers.append(now)
        while self._answers[0] <= now - self._counted_seconds:
            self._answers.popleft()
        if self._pace is None or now - self._stepped_at < self._hold:
            return
        if self._hold < HOLD_SECONDS:  # after a stray one: half of the way
            self._pace += max(self._unit, (self._full - self._pace) / 2)
        else:
            self._pace += self._step
            self._step, self._hold = 2 * self._step, HOLD_SECONDS
        self._stepped_at = now
        if self._pace >= self._full:
            self._pace = None

    @property
    def _full(self) -> float:
        return self._rate * self._share if self._share > 0 else 0.0

    @property
    def _window(self) -> tuple[float, float]:
        """How many calls may go in how many seconds; without a share, or a limit, as many as there are places."""
        full = self._full
        if not 0 < full < inf:
            return inf, 0.0
        calls = max(1.0, full // 1)
        return calls, calls / full * (1 + HEADROOM)

    @property
    def _counted_seconds(self) -> float:
        return max(COUNTED_SECONDS, COUNTED_CALLS / self._full) if self._full > 0 else COUNTED_SECONDS

    @property
    def _unit(self) -> float:
        """A step of pace; of a limit that nobody knows, of the pace that it is."""
        whole = self._full if self._full < inf else self._taken(self._stepped_at)
        return max(whole * STEP, 1 / self._counted_seconds)

    def _taken(self, now: float) -> float:
        """What was taken of late, in calls per second: what others leave of the limit."""
        seconds = self._counted_seconds
        return sum(at > now - seconds for at in self._answers) / seconds
