"""The accounts at Infobip that jobs work with: their clients, and the wait for them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from schemas.config.authorization import Authorization
from schemas.jobs import AnyJob
from streams.calls.call import Call, Reply
from streams.config.files import trusting
from streams.errors import Unreachable
from streams.infobip.client import Client
from streams.infobip.health import ClientState
from streams.jobs.shelf import kind_of
from streams.observer import UNOBSERVED, CallObserver

log = logging.getLogger(__name__)

T = TypeVar("T")

WAIT_SECONDS = 2.0
NOTICE_EVERY = 15


def client_of(
    authorization: Authorization,
    on_state: Callable[[ClientState], None] | None = None,
    observer: CallObserver = UNOBSERVED,
) -> Client:
    """The client of an authorization."""
    return Client(
        authorization.name,
        authorization.base_url,
        authorization.key,
        tls=trusting(authorization.ca_file),
        limits=dict(authorization.limits),
        on_state=on_state,
        observer=observer,
    )


async def wait_for_account(client: Client, job: AnyJob, say: Callable[[str], None]) -> None:
    """Return once Infobip answers and takes the key; a refused key is an error, an outage is waited for, and said."""

    def tell(error: Unreachable) -> None:
        log.warning("infobip_awaited job=%s reason=%s", job.name, error)
        say(f"waits for Infobip: {error}")

    await _once_reached(lambda: kind_of(job).prove(client, job), tell)


async def answer_of(client: Client, call: Call, say: Callable[[str], None]) -> Reply:
    """Infobip's answer to a call that may be made twice; outages, and answers to slow down, are waited for, and said.

    Raises:
        Unauthorized: the key is refused.
        Forbidden: the key lacks the scope.

    """
    return await _once_reached(lambda: client.ask(call), lambda error: say(f"waits for Infobip: {error}"))


async def _once_reached(ask: Callable[[], Awaitable[T]], tell: Callable[[Unreachable], None]) -> T:
    """Ask until there is an answer, and tell now and then that there is none yet."""
    tries = 0
    while True:
        try:
            return await ask()
        except Unreachable as error:
            if tries % NOTICE_EVERY == 0:
                tell(error)
            tries += 1
            await asyncio.sleep(WAIT_SECONDS)
