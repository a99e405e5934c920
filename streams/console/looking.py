"""That somebody looked at personal data, written down: who, and at what kind of thing, and nothing of what was seen."""

import logging

from streams.console.viewers import Viewer

log = logging.getLogger(__name__)


def note(who: Viewer, what: str) -> None:
    """Write it down; `what` names no person."""
    log.info("personal_data_seen user=%s what=%s", who.name, what)
