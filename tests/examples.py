"""How many random examples a test looks at: each run draws others, so that a quarter of them does from day to day."""

import os
from typing import Any

from hypothesis import settings

THOROUGH = os.environ.get("CI") == "true"


def examples(most: int, **more: Any) -> settings:
    """Look at so many where CI=true, and else at a quarter of them."""
    return settings(max_examples=most if THOROUGH else most // 4, **more)
