"""Every field of every content says how values are written into it, as far as that is not a text for people."""

from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from schemas.content.base import Part
from schemas.content.shapes import InHtml, InUrl
from streams.jobs.send_message.render import way_of

#: What fields are called that hold links: a new one of such a name must say so.
LINKS = ("url", "action", "link")
HTML = ("html", "smil")
#: Fields of such names that are something else.
OTHERWISE = {"preview_url"}


def contents(of: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield of
    for one in of.__subclasses__():
        yield from contents(one)


def _is_text(annotation: Any) -> bool:
    return annotation is str or any(_is_text(part) for part in get_args(annotation))


FIELDS = sorted(
    {
        (f"{model.__module__}.{model.__name__}", name): (model, name)
        for model in contents(Part)
        if model.__module__.startswith("schemas.content")
        for name, field in model.model_fields.items()
        if _is_text(field.annotation) and name not in OTHERWISE
    }.items(),
    key=lambda item: item[0],
)


@pytest.mark.parametrize(("model", "name"), [found for _, found in FIELDS], ids=[".".join(key) for key, _ in FIELDS])
def test_a_field_that_is_called_a_link_or_html_is_written_as_one(model: type[BaseModel], name: str) -> None:
    written = way_of(model, name)
    is_link = name in LINKS or name.endswith("_url") or name.startswith(("url_", "scheme_"))
    is_html = any(name.endswith(one) for one in HTML)
    assert isinstance(written, InUrl) is is_link
    assert isinstance(written, InHtml) is is_html
