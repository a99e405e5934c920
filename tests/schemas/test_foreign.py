"""Other template languages are refused, with what to write instead; words that only look like one are words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.text.foreign import foreign
from tests.configuring import CONTRACT, JOB, faults_of
from tests.writing import SCRIPTS

FIELDS = ("first_name", "code", "order.id")


@pytest.mark.parametrize(
    ("instead", "text"),
    [
        ("write {{first_name|there}}", 'Hi {{ first_name | default: "there" }}'),
        ("write {{first_name|there}}", "Hi {{first_name|default:'there'}}"),
        ("write {{first_name|there}}", 'Hi {{ first_name | default("there") }}'),
        ("write {{first_name|there}}", "Hi {{ first_name | default('there', true) }}"),
        ("write {{first_name|there}}", 'Hi {{ first_name | default "there" }}'),
        ("write {{first_name|there}}", 'Hi {{ first_name | upcase | default: "there" }}'),
        ("write {{first_name|there}}", 'Hi {{ first_name || "there" }}'),
        ("write {{first_name|there}}", "Hi {{ first_name || 'there' }}"),
        ("write {{field}} or {{field|what to say without it}}", "Hi {{ first_name || there }}"),
        ("write {{first_name|there}}", 'Hi {{ first_name | "there" }}'),
        ("write {{first_name|there}}", "Hi {{first_name|'there'}}"),
        ("write {{first_name|there}}", "Hi {{first_name|“there”}}"),
        ("write {{first_name|there}}", 'Hi {{ first_name ?? "there" }}'),
        ("write {{first_name|there}}", 'Hi {{ first_name or "there" }}'),
        ("write {{first_name|there}}", "Hi {{ first_name ? first_name : 'there' }}"),
        ("write {{field}} or {{field|what to say without it}}", "Hi {{ first_name.upper() }}"),
        ("write {{field}} or {{field|what to say without it}}", "Hi {{ first_name | upcase }}"),
        ("write {{field}} or {{field|what to say without it}}", "Hi {{ first_name | truncate: 20 }}"),
        ("write {{field}} or {{field|what to say without it}}", "Hi {{ capitalize first_name }}"),
        ("write {{field}} or {{field|what to say without it}}", "Hi {{ fullName 'x' }}"),
        ("write {{first_name}} with two braces", "Hi {{{first_name}}}"),
        ("write {{first_name}} with two braces", "Hi {{{ first_name }}}, {{code}}"),
        ("nothing is decided in a text", "{{#if first_name}}Hi {{first_name}}{{else}}Hi{{/if}}"),
        ("nothing is decided in a text", "{{^first_name}}Hi{{/first_name}}"),
        ("write {{first_name}}", "{{&first_name}}"),
        ("write {{first_name}}", "{{.first_name}}"),
        ("nothing is decided in a text", "{{> footer}}"),
        ("nothing is decided in a text", "{% if first_name %}Hi{% endif %}"),
        ("nothing is decided in a text", "{%- assign a = 1 -%}Hi"),
        ("take it out", "{# a comment #}Hi"),
        ("write {{field}}", "Hi <%= first_name %>"),
        ("write {{field}}", "Hi %%=v(@name)=%%"),
        ("write {{field}}", "Hi *|FNAME|*"),
        ("write {{first_name}}", "Hi ${first_name}"),
        ("write {{first_name}}", "Hi #{first_name}"),
        ("write {{first_name}}", "Hi {first_name}"),
        ("write {{first_name}}", "Hi %FIRST_NAME%"),
        ("write {{first_name}}", "Hi %%FirstName%%"),
        ("write {{first_name}}", "Hi [[ first_name ]]"),
        ("write {{first_name}}", "Hi <<First Name>>"),
        ("write {{order.id}}", "Hi {order.id}"),
        ("write {{order.id}}", "Hi %recipient.order.id%"),
        ("write {{first_name}}", "Hi [[contact.first_name]]"),
        ("write {{first_name}}", "Hi {$first_name}"),
        ("write {{first_name}}", '{$first_name|default:"there"}'),
        ("write {{first_name}}", "Hi {first_name|there}"),
        ("write {{first_name}}", "https://acme.example/?n=%7B%7Bfirst_name%7D%7D"),
        ("write {{first_name}}", "https://acme.example/?n=%7b%7b%20first_name%20%7d%7d&a=1"),
        ("write {{first_name}}", "Hi \uff5b\uff5bfirst_name\uff5d\uff5d"),
        ("write {{field}}", "Hi <?= $first_name ?>"),
        ("write {{field}}", "Hi <?php echo $first_name; ?>"),
        ("write {{first_name|there}}", "{{ first_name | if_empty: 'there' }}"),
        ("write {{first_name|there}}", '{{ first_name | coalesce("there") }}'),
        ("write {{field}} or {{field|what to say without it}}", "{{ first_name | lowercase }}"),
        ("write {{field}} or {{field|what to say without it}}", "{{ first_name | escape }}"),
    ],
)
def test_another_template_language_is_told_with_what_to_write_instead(instead: str, text: str) -> None:
    assert instead in "; ".join(one.instead for one in foreign(text, FIELDS))


@pytest.mark.parametrize(
    "text",
    [
        "Hi {{first_name}}",
        "Hi {{ first_name | there }}",
        "Hi {{first_name|}}",
        "Hi {{first_name| }}",
        "Hi {{first_name|dear customer(s)}}",
        "Hi {{first_name|tel: 0800 123}}",
        "Hi {{first_name|a|b}}",
        "Your plan: {{first_name|default plan}}",
        "{{first_name|'s avonds}}",
        '{{first_name|The "Big" One}}',
        "{{first_name|don't know}}",
        "{{first_name|the first}}",
        "{{first_name|a date}}",
        "{{first_name|time: 10 am}}",
        "{{first_name|date: tomorrow}}",
        "{{first_name|Title(s)}}",
        "{{first_name|number: 5}}",
        "{{first_name|what?}}",
        "{{nmae}}",
        "{{last_name|there}}",
        "Take {0} or {x}, [[1]], 20% off and 30% more, <<new>>, «new»",
        "100%sure%, 5 % {% 10 %",
        "$${name} costs $5, #1 {a} @you *|*",
        "a || b ?? c <% d",
        "<style>a{color:red}@media x{#first_name{top:0}b{width:5%}}</style><p>{{first_name}}</p>",
        '{"a": {"b": {{code}}}}',
        "https://acme.example/%20first%20name?code={{code}}",
        "if else end {{code}}",
        '<?xml version="1.0"?>{{code}}',
        "{www.acme.example} {a.b} %a.b% 10% or 20.code%",
        '{{first_name|aka: "Big" one}}',
        "https://acme.example/%7Bid%7D?q=%7B%7Bx%7D%7D {{code}}",
    ],
)
def test_words_that_only_look_like_one_are_words(text: str) -> None:
    assert list(foreign(text, FIELDS)) == []


def configured(text: str) -> str:
    content = f"{{channel: sms, text: '{text}'}}"
    job = f"name: x, kind: send_message, authorization: main, topics: [t], sender: Acme, content: {content}"
    return f"{CONTRACT[: -len(JOB)]}  - {{message_fields: [first_name], {job}}}\n"


@pytest.mark.parametrize(
    ("told", "text"),
    [
        (
            '{{ first_name | default: "there" }} is another template language\'s; write {{first_name|there}}',
            'Hi {{ first_name | default: "there" }}.',
        ),
        (
            "{{{first_name}}} is another template language's; write {{first_name}} with two braces",
            "Hi {{{first_name}}}.",
        ),
        (
            '{{ first_name || "you" }} is another template language\'s; write {{first_name|you}}',
            'Hi {{ first_name || "you" }}',
        ),
        ("unknown token {{nmae}} (message_fields has: first_name)", "Hi {{nmae}}"),
        ("unknown token {{first nmae}} (message_fields has: first_name)", "Hi {{first\n\n    nmae}}"),
        (
            '{{ first_name | default: "there" }} is another template language\'s; write {{first_name|there}}',
            'Hi {{ first_name |\n\n    default: "there" }}.',
        ),
    ],
)
def test_a_fault_names_the_place_and_our_words(told: str, text: str) -> None:
    assert faults_of(configured(text)) == [f"jobs[0].content.text: {told}"]


@given(st.text(st.sampled_from(SCRIPTS + "()!?.,;:- '"), max_size=20))
def test_a_fallback_may_be_any_words(words: str) -> None:
    text = f"Hi {{{{first_name|{words}}}}}"
    assert words.strip()[:1] == "'" or list(foreign(text, ("first_name",))) == []


@pytest.mark.timeout(20)
@pytest.mark.parametrize("text", ["{{", "{%", "<%", "{{a|", "%a", "[[", "<<", "«", "*|a", "{{{", "%%[", "{# "])
def test_a_text_of_a_hundred_thousand_characters_takes_no_longer_than_it_is(text: str) -> None:
    assert list(foreign(text * (100_000 // len(text)), ("first_name",))) == []
