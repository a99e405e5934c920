"""Who looks at the console: signed in, named by a proxy, or whoever is on this machine; and what they may see."""

import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_bytes, token_urlsafe

from schemas.config.console import NOBODY_ASKED, Console
from streams.console.passwords import hash_of, is_password

SESSION_SECONDS = 12 * 3600.0
SESSIONS_MAX = 1000
#: After a password that was wrong the next is looked at so much later: together with scrypt that ends all guessing.
PAUSE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whoever looks; `session` is the cookie that they come with, by which forms are known to be theirs."""

    name: str
    sees_personal_data: bool
    session: str


@dataclass(slots=True)
class Session:
    """Somebody who has signed in, until then on the clock."""

    name: str
    until: float


@dataclass(slots=True)
class Viewers:
    """Knows whoever looks. What it knows ends with the process: all sign in anew."""

    settings: Console
    clock: Callable[[], float] = time.monotonic
    _secret: bytes = field(default_factory=lambda: token_bytes(32))
    _sessions: dict[str, Session] = field(default_factory=dict)
    #: Looked at where there is no such user, so that it takes as long.
    _nobodys: str = field(default_factory=lambda: hash_of(token_urlsafe()))

    def viewer(self, cookie: str, header: str | None) -> Viewer | None:
        """Whoever comes with a cookie and a proxy's word; None where it is not known who that is."""
        if self.settings.users:
            session = self._sessions.get(cookie)
            if session is None or session.until < self.clock():
                self._sessions.pop(cookie, None)
                return None
            return self._named(session.name, cookie)
        if self.settings.user_header is not None:
            return self._named(header.strip(), cookie) if header and header.strip() else None
        return self._named(NOBODY_ASKED, cookie)

    def sign_in(self, name: str, password: str) -> str | None:
        """The cookie of somebody who has signed in; None where they are not who they say. Blocks for a moment."""
        kept = self.settings.users.get(name)
        fits = is_password(password, self._nobodys if kept is None else kept.get_secret_value())
        if kept is None or not fits:
            return None
        now = self.clock()
        self._sessions = {cookie: one for cookie, one in self._sessions.items() if one.until > now}
        while len(self._sessions) >= SESSIONS_MAX:
            self._sessions.pop(next(iter(self._sessions)))
        cookie = token_urlsafe(32)
        self._sessions[cookie] = Session(name, now + SESSION_SECONDS)
        return cookie

    def sign_out(self, cookie: str) -> None:
        """Forget a cookie."""
        self._sessions.pop(cookie, None)

    def token(self, session: str) -> str:
        """What a form must bear that comes from a page which was shown to this session."""
        return hmac.new(self._secret, session.encode(), sha256).hexdigest()

    def is_token(self, session: str, given: str) -> bool:
        """Whether a form bears it."""
        return bool(session) and hmac.compare_digest(self.token(session).encode(), given.encode())

    def _named(self, name: str, cookie: str) -> Viewer:
        return Viewer(name, name in self.settings.show_personal_data, cookie)
