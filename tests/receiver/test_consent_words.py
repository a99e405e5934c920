import pytest

from streams.receiver.consent_words import IN, OUT, PUBLISHED, plain


@pytest.mark.parametrize(
    "text", ["STOP", "stop", " Stop! ", '"STOP"', "Stop All", "stop  all", "Opt-Out", "ARRÊT", "Quit.", "\u200bSTOP"]
)
def test_a_word_by_itself_says_that_no_more_is_wanted(text: str) -> None:
    assert PUBLISHED.state_of(text) == "out"


@pytest.mark.parametrize("text", ["START", "Unstop", "start."])
def test_a_word_by_itself_says_that_more_is_wanted(text: str) -> None:
    assert PUBLISHED.state_of(text) == "in"


@pytest.mark.parametrize(
    "text", ["", " ", "Stop it", "STOP ads", "don't stop", "yes", "Yes", "no", "stoppp", "s t o p", "stop " * 50]
)
def test_whatever_else_is_said_says_nothing(text: str) -> None:
    assert PUBLISHED.state_of(text) is None


def test_no_word_is_on_both_sides_and_each_is_as_it_is_looked_for() -> None:
    out, into = ([word for said in side.values() for word in said] for side in (OUT, IN))
    assert out + into == [plain(word) for word in out + into]
    assert set(out).isdisjoint(into)


def test_words_can_be_added_and_change_sides() -> None:
    words = PUBLISHED.also(out=["Borrar", "START"], into=["Alta"])
    said = {text: words.state_of(text) for text in ("BORRAR", "alta", "start", "stop", "unstop")}
    assert said == {"BORRAR": "out", "alta": "in", "start": "out", "stop": "out", "unstop": "in"}
    assert PUBLISHED.state_of("borrar") is None
