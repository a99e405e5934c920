"""`python -m streams.alive`: whether the workers of this container live; its health check, cheap and without a port.

A worker's event loop beats once a second, for which its thread goes to sleep and wakes. One that is stopped, or hangs,
does neither.
"""

import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

#: Beats that are waited for.
WATCH_SECONDS = 2.5
_SWITCHES = re.compile(r"voluntary_ctxt_switches:\s+(\d+)")


def workers(proc: Path) -> Iterator[Path]:
    """Find the processes that run `infobip-streams run`."""
    for process in proc.glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_text(errors="replace").split("\0")
        except OSError:  # it has ended meanwhile
            continue
        is_python = Path(words[0]).name.startswith("python")  # not what waits for it, as an init does
        if is_python and "run" in words and ("streams" in words or words[1].endswith("/infobip-streams")):
            yield process


def switches(process: Path) -> int:
    """How often the main thread went to sleep, or was put aside, so far; raises OSError when the process has ended."""
    return sum(map(int, _SWITCHES.findall((process / "status").read_text())))


def fault(found: list[Path]) -> str | None:
    """What is wrong with workers; looks at them twice, and sleeps between."""
    if not found:
        return "no worker runs here"
    try:
        before = [switches(process) for process in found]
        time.sleep(WATCH_SECONDS)
        still = [process.name for process, count in zip(found, before, strict=True) if switches(process) == count]
    except OSError:
        return "a worker has ended"
    return f"process {still[0]} stands still" if still else None


def main() -> None:
    """Exit with 0 when all workers live, else with 1 and a line that says what is wrong."""
    pids = sys.argv[1:]
    found = [Path("/proc", pid) for pid in pids] or list(workers(Path("/proc")))
    if (wrong := fault(found)) is not None:
        sys.exit(wrong)


if __name__ == "__main__":
    main()
