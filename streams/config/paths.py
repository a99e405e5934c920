"""Places in data, and how they are written."""

import re

Loc = tuple[str | int, ...]


def written(loc: Loc) -> str:
    """Write a place as `jobs[1].message`; a key that is no plain word stands in brackets."""
    path = ""
    for step in loc:
        if isinstance(step, int):
            path += f"[{step}]"
        elif re.fullmatch(r"[\w-]+", step):
            path += f".{step}" if path else step
        else:
            path += f"[{step!r}]"
    return path
