"""The accounts at Infobip that jobs work with: their clients, and the wait for them."""

import asyncio
import logging
from collections.abc import Callable

from schemas.config.authorization import Authorization
from schemas.jobs import AnyJob
from streams.config.files import trusting
from streams.errors import Unreachable
from streams.infobip.client import Client
from streams.infobip.health import ClientState
from streams.jobs.shelf import kind_of
from streams.observer import UNOBSERVED, CallObserver

log = logging.getLogger(__name__)

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
    tries = 0
    while True:
        try:
            await kind_of(job).prove(client, job)
        except Unreachable as error:
            if tries % NOTICE_EVERY == 0:
                log.warning("infobip_awaited job=%s reason=%s", job.name, error)
                say(f"waits for Infobip: {error}")
            tries += 1
            await asyncio.sleep(WAIT_SECONDS)
        else:
            return
