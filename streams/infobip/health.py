"""How a client fares: which calls are in trouble, whether the key is refused, and who is told when that changes."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

log = logging.getLogger("streams.infobip")

#: What a key is refused for when it is wrong.
EVERYTHING = ""

Kind = Literal["ok", "waiting", "unauthorized"]


@dataclass(frozen=True, slots=True)
class ClientState:
    """How the client fares; `since` is Unix time, `detail` one line without secrets or personal data."""

    kind: Kind
    since: float
    detail: str = ""
    #: The scope that the key lacks, where that is all: calls that need none of it go on.
    lacking: str = ""


class ClientHealth:
    """How the calls of one client fare: which have to be repeated and why, and what the key is refused for.

    A call in trouble is known by any object that whoever makes it chooses, the same for `trouble` and `over`. Every
    change of `state` is logged, and told to `on_state`, which must not block; `wall_clock` is Unix time in seconds.
    """

    def __init__(
        self, name: str, wall_clock: Callable[[], float], on_state: Callable[[ClientState], None] | None
    ) -> None:
        self._name, self._wall_clock, self._on_state = name, wall_clock, on_state
        self._troubles: dict[object, str] = {}
        self._too_fast: set[object] = set()
        #: What the key is refused for: everything, or scopes that it lacks, as they were found out.
        self._refused: dict[str, None] = {}
        self.state = ClientState("ok", wall_clock())

    def refused(self, scope: str) -> str | None:
        """What stands in the way of a call that needs this scope: EVERYTHING, or the scope; None where nothing does."""
        return next((what for what in (EVERYTHING, scope) if what in self._refused), None)

    @property
    def too_fast(self) -> bool:
        """Whether a call that is not in the background was told to slow down, and has not been taken since."""
        return bool(self._too_fast)

    def trouble(self, call: object, reason: str, *, too_fast: bool) -> None:
        """Note that a call has to be repeated, and why; `too_fast` where Infobip answered 429."""
        self._troubles[call] = reason
        if too_fast:
            self._too_fast.add(call)
        self._tell()

    def over(self, call: object) -> None:
        """Note that a call is in no trouble of its own any more."""
        self._troubles.pop(call, None)
        self._too_fast.discard(call)
        self._tell()

    def refuse(self, what: str) -> None:
        """Note that the key is refused for a scope, or for everything."""
        self._refused[what] = None
        self._tell()

    def accept(self, what: str) -> None:
        """Note that it is refused no longer. The state changes with `over`, when the call that found out is done."""
        self._refused.pop(what, None)

    def refusal(self, what: str) -> str:
        """What to tell a person of a refusal."""
        key = f"the API key of authorization {self._name!r}"
        return f"{key} is refused" if what == EVERYTHING else f"{key} lacks the scope {what}"

    def _tell(self) -> None:
        """Derive the state; tell and log its changes."""
        kind, detail, lacking = self._situation()
        if (kind, detail) == (self.state.kind, self.state.detail):
            return
        before, now = self.state, self._wall_clock()
        self.state = ClientState(kind, before.since if kind == before.kind else now, detail, lacking)
        if kind != before.kind:
            level = logging.INFO if kind == "ok" else logging.WARNING if kind == "waiting" else logging.ERROR
            log.log(
                level,
                "infobip_%s authorization=%s after_seconds=%.1f detail=%r",
                *(kind, self._name, now - before.since, detail),
            )
        if self._on_state is not None:
            self._on_state(self.state)

    def _situation(self) -> tuple[Kind, str, str]:
        if self._refused:
            # A key that is wrong comes before any scope that it lacks.
            what = EVERYTHING if EVERYTHING in self._refused else next(iter(self._refused))
            return "unauthorized", self.refusal(what), what
        if self._troubles:
            # The oldest: it waits longest, and the line does not flicker between calls.
            return "waiting", next(iter(self._troubles.values())), ""
        return "ok", "", ""
