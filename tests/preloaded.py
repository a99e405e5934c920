"""Imports what commands of the service load when they are run: whoever forks processes of it has that done once."""

from streams.app import check_online, process, receiving
from streams.jobs.shelf import KINDS
from streams.operating import dead_letters, pausing, status, trace

__all__ = ["check_online", "dead_letters", "pausing", "process", "receiving", "status", "trace"]

for kind in KINDS.values():
    kind.load()
