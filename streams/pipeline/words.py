"""Words of others, as records can hold them."""

from collections.abc import Iterable

import orjson

from streams.profiles.address import encodable


def writable(text: str | None) -> str | None:
    """Infobip's words as a record can hold them: they may quote a text that was cut in the middle of a character."""
    return text if text is None or encodable(text) else text.encode(errors="replace").decode()


def as_in_json(texts: Iterable[str]) -> bool:
    """Whether JSON has nothing to escape in any of these texts: each stands there as it is, between quotes."""
    joined = "".join(texts)
    try:
        return len(orjson.dumps(joined)) == len(joined.encode()) + 2
    except (TypeError, UnicodeEncodeError):  # half of a surrogate pair
        return False
