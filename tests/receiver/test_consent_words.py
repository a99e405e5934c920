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
    "text", ["", " ", "Stop it", "STOP ads", "don't stop", "yes", "Yes", "no", "stopp", "s t o p", "stop " * 50]
)
def test_whatever_else_is_said_says_nothing(text: str) -> None:
    assert PUBLISHED.state_of(text) is None


def test_no_word_is_on_both_sides_and_each_is_as_it_is_looked_for() -> None:
    words = [word for language in (OUT, IN) for said in language.values() for word in said]
    assert words == [plain(word) for word in words]
    assert len(words) == len(set(words))


def test_words_can_be_added_and_change_sides() -> None:
    words = PUBLISHED.also(out=["Baja", "START"], into=["Alta"])
    said = {text: words.state_of(text) for text in ("BAJA", "alta", "start", "stop", "unstop")}
    assert said == {"BAJA": "out", "alta": "in", "start": "out", "stop": "out", "unstop": "in"}
    assert PUBLISHED.state_of("baja") is None
