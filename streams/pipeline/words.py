"""Words of others, as records can hold them."""

from streams.profiles.address import encodable


def writable(text: str | None) -> str | None:
    """Infobip's words as a record can hold them: they may quote a text that was cut in the middle of a character."""
    return text if text is None or encodable(text) else text.encode(errors="replace").decode()
