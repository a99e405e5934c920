"""What `check --online` looks at for a job that keeps a history: its database."""

import asyncio
from collections.abc import Sequence

from schemas.config.history import History
from schemas.configuration import Configuration
from schemas.jobs.store_history import StoreHistory
from streams.errors import StreamsError
from streams.history.database import open_database
from streams.history.schema import latest, see_version
from streams.jobs.kind import Say


async def look(_: StoreHistory, configuration: Configuration, say: Say) -> Sequence[str]:
    """Whether the database answers, and has the tables that this release knows."""
    history = configuration.history
    if history is None:
        return ()
    try:
        await asyncio.to_thread(_look, history)
    except StreamsError as error:
        return [f"kind: {error}"]
    say(f"history {history.place}: its tables are of version {latest()}")
    return ()


def _look(history: History) -> None:
    engine = open_database(history, reads_only=True)
    try:
        see_version(history, engine)
    finally:
        engine.dispose()
