"""What an inbound message says, in the four forms in which Infobip writes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from streams.exact_json import read_text
from streams.receiver.bodies import sound_value
from streams.receiver.fields import part, text

#: Levels of nesting that a content may have.
DEEPEST = 100
#: Where the words are of what is no text: captions of files, titles of buttons and lists.
WORDS = ("text", "caption", "title")
#: Contents of the Messages API that are the words of a message; all others are what it is about.
WORDING = frozenset({"TEXT", "SUBJECT"})
#: What a part of an MMS is, by the beginning of its content type; anything else is a FILE.
MEDIA: Mapping[str, str] = {"image/": "IMAGE", "video/": "VIDEO", "audio/": "AUDIO"}
#: How the parts of an MMS are laid out: nothing that anybody said.
LAYOUT = "application/smil"


@dataclass(frozen=True, slots=True)
class Content:
    """What a message says; `whole` is all of it, as Infobip wrote it."""

    type: str | None
    text: str | None
    whole: Any = None
    clean_text: str | None = None
    keyword: str | None = None
    answers: str | None = None


def content_of(entry: Mapping[str, Any]) -> Content | None:
    """The content of an entry, by its form; None where it has none."""
    match entry:
        case {"message": dict() as message}:
            return _of_chat(message)
        case {"message": list() as parts}:
            return _of_mms(parts, parts)
        case {"message": str() as written}:
            return _of_mms_in_text(written)
        case {"content": list() as segments}:
            return _of_segments(segments)
        case {"text": str() | None as said}:
            return Content("TEXT", said, clean_text=text(entry.get("cleanText")))
    return None


def is_shallow(value: Any, levels: int = DEEPEST) -> bool:
    """Whether a content is nested no more deeply than it can be written."""
    if type(value) is dict:
        return levels > 0 and all(is_shallow(one, levels - 1) for one in value.values())
    return type(value) is not list or (levels > 0 and all(is_shallow(one, levels - 1) for one in value))


def _of_chat(message: Mapping[str, Any]) -> Content:
    """WhatsApp, Viber and RCS: one object with its type."""
    said = next((found for word in WORDS if (found := text(message.get(word))) is not None), None)
    answers = text(part(message.get("context")).get("id"))
    return Content(text(message.get("type")), said, message, answers=answers)


def _of_mms(parts: Sequence[Any], whole: Any) -> Content:
    """MMS: parts, each with its content type, a `value` where it is text and else a `url`."""
    types = [(text(one.get("contentType")) or "", one) for one in map(part, parts)]
    said = [found for kind, one in types if kind.startswith("text/") and (found := text(one.get("value"))) is not None]
    files = [kind for kind, _ in types if kind and not kind.startswith(("text/", LAYOUT))]
    media = next((MEDIA.get(kind[:6], "FILE") for kind in files), "TEXT")
    return Content(media, "\n".join(said) if said else None, whole)


def _of_mms_in_text(written: str) -> Content:
    """MMS that was asked for: the parts are in JSON in a text (mms.json, GET /mms/1/inbox/reports)."""
    try:
        said = sound_value(read_text(written))
    except (ValueError, RecursionError):
        return Content("TEXT", written)
    parts = part(said).get("mms_parts")
    return _of_mms(parts, said) if type(parts) is list else Content("TEXT", written)


def _of_segments(segments: Sequence[Any]) -> Content:
    """The Messages API: segments, each with its type."""
    parts = [(text(one.get("type")), one) for one in map(part, segments)]
    spoken = [one for kind, one in parts if kind == "TEXT"] or [one for _, one in parts]
    others = (kind for kind, _ in parts if kind is not None and kind not in WORDING)
    keywords = (found for _, one in parts if (found := text(one.get("keyword"))) is not None)
    return Content(
        next(others, "TEXT" if parts else None),
        _joined(spoken, "text"),
        segments,
        clean_text=_joined(spoken, "cleanText"),
        keyword=next(keywords, None),
    )


def _joined(parts: Sequence[Mapping[str, Any]], field: str) -> str | None:
    said = [found for one in parts if (found := text(one.get(field))) is not None]
    return "\n".join(said) if said else None
