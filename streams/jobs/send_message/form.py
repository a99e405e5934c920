"""Contents whose tokens touch nothing but the limits of single texts: these are looked at, and no model is made.

A content that its model validates takes 3.5 µs of CPU; a text filled in and held against its limits, a half. What
these limits do not surely let pass goes the careful way, by the model, which has the words for what is wrong.
"""

from collections.abc import Mapping, Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from schemas.content.base import Limit, MessageContent
from schemas.content.shapes import EndOfUrl, InHtml, InVariable
from streams.jobs.send_message.render import column_template, has_tokens, text_template, way_of


class ContentForm:
    """What all contents of a job have in common but their texts with tokens, which are named.

    `default` stands for missing values whose token has none; `limits` are those of each text.
    """

    def __init__(self, content: MessageContent, limits: Mapping[str, Sequence[Limit]], default: str) -> None:
        self._content, self._names = content, tuple(limits)
        self._ways = [
            (text_template(getattr(content, name), default, way_of(type(content), name)), limits[name])
            for name in self._names
        ]
        self.size = len(self._names)
        columns = [
            (column_template(getattr(content, name), default, way_of(type(content), name)), limits[name])
            for name in self._names
        ]
        self._columns = [(fill, limits) for fill, limits in columns if fill is not None]
        #: A copy of our own, and what it holds: its texts may be changed.
        self._shown = content.model_copy()
        self._held = self._shown.__dict__

    def texts(self, values: Mapping[str, str | None]) -> list[str] | None:
        """The texts filled in; None where one of them may be beyond its limits."""
        texts = []
        for fill, limits in self._ways:
            text = fill(values)
            for limit in limits:
                if not limit.surely_holds(text):
                    return None
            texts.append(text)
        return texts

    @property
    def fills_columns(self) -> bool:
        """Whether its texts can be filled in for many at once."""
        return len(self._columns) == self.size

    def columns(self, values: Mapping[str, Sequence[str]], count: int) -> list[Sequence[str | None]]:
        """Each of its texts for so many; None where one may be beyond its limits."""
        filled: list[Sequence[str | None]] = []
        for fill, limits in self._columns:
            texts = fill(values, count)
            sure = all(limit.surely_hold(texts) for limit in limits)
            filled.append(texts if sure else [self._sure(text, limits) for text in texts])
        return filled

    @staticmethod
    def _sure(text: str, limits: Sequence[Limit]) -> str | None:
        return text if all(limit.surely_holds(text) for limit in limits) else None

    def content(self, texts: Sequence[str], /) -> Any:
        """The content with these texts, which are not looked at again."""
        return self._content.model_copy(update=dict(zip(self._names, texts, strict=True)))

    @property
    def any_content(self) -> Any:
        """A content with any texts, for who looks at none."""
        return self._content

    def shown(self, texts: Sequence[str]) -> Any:
        """The same, until the next one is shown: for who only looks at it, it need not be made."""
        held = self._held
        for name, text in zip(self._names, texts, strict=True):
            held[name] = text
        return self._shown


def form_of(content: MessageContent, default: str) -> ContentForm | None:
    """The form of a job's contents; None where their model is to look at each of them."""
    kind = type(content)
    if not kind.texts_stand_alone:
        return None
    limits: dict[str, Sequence[Limit]] = {}
    for name, field in kind.model_fields.items():
        said = getattr(content, name)
        if not has_tokens(said):
            continue
        found = _limits(field.annotation, field.metadata) if isinstance(said, str) else None
        if found is None:
            return None
        limits[name] = found
    return ContentForm(content, limits, default)


def _limits(of: Any, beside: Sequence[Any] = ()) -> list[Limit] | None:
    """The limits of a text by the annotations of its field; None where there is something else among them."""
    if get_origin(of) is Annotated:
        inner, *more = get_args(of)
        return _limits(inner, [*more, *beside])
    if get_origin(of) in (Union, UnionType):
        texts = [part for part in get_args(of) if part is not NoneType]
        return _limits(texts[0], beside) if len(texts) == 1 else None
    # These let pass what is filled in.
    limits = [one for one in beside if not isinstance(one, EndOfUrl | InHtml | InVariable)]
    return limits if of is str and all(isinstance(one, Limit) for one in limits) else None
