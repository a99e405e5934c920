"""Values in HTML: none becomes a tag, an attribute, a rule of style or a link that it should not be."""

import json
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.content.email import EmailContent
from schemas.text.tokens import tokens_of
from streams.jobs.send_message.render import template, whole_links
from tests.writing import values

LINK = "https://shop.example/?a=1&b=2"


def email(html: str) -> EmailContent:
    return EmailContent.model_validate({"channel": "email", "subject": "Hi", "html": html})


def said(html: str, value: str | None, **more: str) -> str:
    filled: dict[str, str] = template(email(html))({"v": value, **more})
    return filled["html"]


class Shape(HTMLParser):
    """What some HTML is made of."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[Any] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        self.tags.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_comment(self, _: str) -> None:
        self.tags.append("comment")


@pytest.mark.parametrize(
    ("expected", "html"),
    [
        ('<a href="https://a.example/?e=bo%26co%2B1">', '<a href="https://a.example/?e={{v}}">'),
        ("<a href='https://a.example/bo%26co%2B1'>", "<a href='https://a.example/{{v}}'>"),
        ("<a href=https://a.example/bo%26co%2B1>", "<a href=https://a.example/{{v}}>"),
        ('<A HREF = "https://a.example/bo%26co%2B1">', '<A HREF = "https://a.example/{{v}}">'),
        ('<img alt="bo&amp;co+1" src="/bo%26co%2B1">', '<img alt="{{v}}" src="/{{v}}">'),
        ("<img alt=bo&#38;co&#43;1>", "<img alt={{v}}>"),
        ('<a href="mailto:bo%26co+1?cc=bo%26co%2B1">', '<a href="mailto:{{v}}?cc={{v}}">'),
        ('<a href="tel:bo%26co+1">', '<a href="tel:{{v}}">'),
        ('<img srcset="/bo%26co%2B1 1x, /b?bo%26co%2B1 2x">', '<img srcset="/{{v}} 1x, /b?{{v}} 2x">'),
        ('<b style="background:url(/bo%26co%2B1)">', '<b style="background:url(/{{v}})">'),
        ("<b style=\"background:url('/bo%26co%2B1')\">", "<b style=\"background:url('/{{v}}')\">"),
        ('<b style="color:bo\\000026co\\00002b1">', '<b style="color:{{v}}">'),
        ("<style>a{color:bo\\000026co\\00002b1}</style>", "<style>a{color:{{v}}}</style>"),
        ("<p>https://a.example/bo%26co%2B1 bo&amp;co+1</p>", "<p>https://a.example/{{v}} {{v}}</p>"),
        ("<p>https://a.example/&nbsp;bo&amp;co+1</p>", "<p>https://a.example/&nbsp;{{v}}</p>"),
        ("<!-- don't <a href= bo&amp;co+1 -->", "<!-- don't <a href= {{v}} -->"),
        (
            '<!--[if mso]><v:rect href="https://a.example/bo%26co%2B1"><![endif]-->bo&amp;co+1',
            '<!--[if mso]><v:rect href="https://a.example/{{v}}"><![endif]-->{{v}}',
        ),
        ("3 < 5 bo&amp;co+1", "3 < 5 {{v}}"),
        ("<!--><a href=/bo%26co%2B1>", "<!--><a href=/{{v}}>"),
        ("<!-- x --!><a href=/bo%26co%2B1>", "<!-- x --!><a href=/{{v}}>"),
        ("<STYLE type=a>a{b:bo\\000026co\\00002b1}</STYLE>bo&amp;co+1", "<STYLE type=a>a{b:{{v}}}</STYLE>{{v}}"),
        ("<styles>bo&amp;co+1</styles>", "<styles>{{v}}</styles>"),
        (
            '<script type="application/ld+json">{"id": "bo\\u0026co+1", "url": "https://a.example/bo%26co%2B1"}</script>',
            '<script type="application/ld+json">{"id": "{{v}}", "url": "https://a.example/{{v}}"}</script>',
        ),
        (
            '<meta http-equiv="refresh" content="0; url=/bo%26co%2B1">',
            '<meta http-equiv="refresh" content="0; url=/{{v}}">',
        ),
        ("<title>bo&amp;co+1</title>", "<title>{{v}}</title>"),
    ],
)
def test_a_value_stands_in_html_as_its_place_wants(expected: str, html: str) -> None:
    assert said(html, "bo&co+1") == expected


@pytest.mark.parametrize(
    ("expected", "html"),
    [
        ('<a href="https://shop.example/?a=1&amp;b=2">', '<a href="{{v}}">'),
        (
            '<a href=" https://shop.example/?a=1&amp;b=2/https%3A%2F%2Fshop.example%2F%3Fa%3D1%26b%3D2">',
            '<a href=" {{v}}/{{v}}">',
        ),
        ("<a href=https&#58;&#47;&#47;shop&#46;example&#47;&#63;a&#61;1&#38;b&#61;2>", "<a href={{v}}>"),
        ('<b style="background:url(https://shop.example/?a=1&b=2)">', '<b style="background:url({{v}})">'),
    ],
)
def test_a_link_that_is_a_value_stays_one(expected: str, html: str) -> None:
    assert said(html, LINK) == expected
    assert whole_links(email(html)) == {"v"}


@pytest.mark.parametrize("place", ['<a href="{{v}}">', "<a href='{{v}}'>", "<a href={{v}}>", '<img src="{{v}}">'])
@pytest.mark.parametrize("value", ["javascript:alert(1)", " java\nscript:x", "data:text/html,x", "//x.example", "acme"])
def test_a_value_that_is_no_link_begins_none(place: str, value: str) -> None:
    assert said(place, value) == place.replace("{{v}}", "")
    instead = place.replace("{{v}}", "{{v|https://acme.example}}")
    assert "acme" in said(instead, value)
    assert "script" not in said(instead, value)


@pytest.mark.parametrize(
    ("fault", "html"),
    [
        ("{{v}} stands in a tag itself", "<{{v}}>"),
        ("{{v}} stands in a tag itself", "<a{{v}}>"),
        ("{{v}} stands in a tag itself", "<td {{v}}>"),
        ("{{v}} stands in a tag itself", '<td {{v}}="1">'),
        ("{{v}} stands in a tag itself", "</{{v}}>"),
        ("{{v}} stands in a tag itself", "<!doctype {{v}}>"),
        ("{{v}} stands in the attribute onclick", "<a onclick=\"go('{{v}}')\">"),
        ("{{v}} stands in the attribute srcdoc", '<iframe srcdoc="{{v}}">'),
        ("{{v}} stands in a script", '<script>let a = "{{v}}"</script>'),
        ("{{v}} stands in a script", '<script type="application/json">{"a": {{v}}}</script>'),
        ("{{v}} stands in a link that runs something", "<a href=\"javascript:go('{{v}}')\">"),
        ("{{v}} stands in a link that runs something", '<a href="JAVA&Tab;SCRIPT:{{v}}">'),
        ("{{v}} stands in a link that runs something", '<img src="data:image/svg+xml,{{v}}">'),
    ],
)
def test_places_that_no_value_is_safe_in_are_faults(fault: str, html: str) -> None:
    with pytest.raises(ValidationError) as raised:
        email(html)
    (told,) = raised.value.errors()
    assert told["loc"] == ("html",)
    assert fault in str(told["ctx"]["error"])


PAGE = """<!DOCTYPE html><html><head><title>{{v}}</title><style>a{color:{{v}};background:url({{v}})}</style></head>
<body style="color:{{v}};background:url('https://a.example/{{v}}')"><!-- {{v}} -->
<a href="{{v}}" title='{{v}}'>{{v}}</a><a href="https://a.example/{{v}}?e={{v}}&amp;c=1#t" class={{v}}>x</a>
<img src="https://a.example/{{v}}.png" alt="{{v}}" srcset="{{v}} 1x, https://a.example/{{v}} 2x">
<p>https://a.example/{{v}}</p><a href={{v}}>y</a>
<script type="application/ld+json">{"id": "{{v}}", "url": "https://a.example/{{v}}"}</script></body></html>"""


@given(values)
def test_no_value_changes_what_a_page_is_made_of(value: str) -> None:
    page, plain = Shape(said(PAGE, value)), Shape(said(PAGE, "x"))
    assert page.tags == plain.tags
    assert len(page.texts) == len(plain.texts)
    held = dict(page.attributes)
    for name, attribute in page.attributes:
        if name in {"href", "src"}:
            assert (attribute or "").startswith(("https://", "http://", "mailto:", "tel:")) or not attribute
    assert (held["title"], held["alt"]) == (value, value)
    assert "https://a.example/" in (held["src"] or "")
    script = next(text for text in page.texts if text.startswith('{"id"'))
    assert json.loads(script)["id"] == value


@given(
    values,
    st.sampled_from(["<b>{{v}}{{w}}</b>", "<p>{{w}}/{{v}}</p>", '<a title="{{w}}{{v}}">', "<i title={{w}}{{v}}>"]),
)
def test_values_side_by_side_open_no_tag_either(value: str, html: str) -> None:
    filled, plain = (Shape(said(html, one, w=two)) for one, two in ((value, value), ("x", "x")))
    assert filled.tags == plain.tags


@given(st.text(st.sampled_from("<>\"'= /!-a{v}hrefstylscipt:#;()"), max_size=60))
def test_any_text_is_read_to_its_end(html: str) -> None:
    whole = f"{html}{{{{v}}}}"
    try:
        content = email(whole)
    except ValidationError:
        return
    # A name may be empty here: it is the job that allows none but its own fields.
    assert template(content)({token.field: "1" for token in tokens_of(whole)}) is not None


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "text", ["<", "<a ", "<a href=", "<!--", "<!--[if", '<a b="', "<script>", "{{v}}<a href='", "&lt;"]
)
def test_a_page_of_a_hundred_thousand_characters_takes_no_longer_than_it_is(text: str) -> None:
    long = text * (100_000 // len(text))
    try:
        email(long)
    except ValidationError as error:
        assert error.error_count() == 1  # noqa: PT017 - either is well
