"""Who is known, and what they may see."""

from schemas.config.console import Console
from streams.console.passwords import hash_of
from streams.console.viewers import SESSION_SECONDS, Viewer, Viewers

HASH = hash_of("open sesame")


class Clock:
    """A clock that stands until it is set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def known(clock: Clock | None = None, **settings: object) -> Viewers:
    return Viewers(Console.model_validate(settings), clock or Clock())


def test_where_nobody_is_asked_all_are_local_and_see_no_personal_data() -> None:
    assert known().viewer("c", None) == Viewer("local", sees_personal_data=False, session="c")
    assert known(show_personal_data=["local"]).viewer("c", None) == Viewer("local", True, "c")  # noqa: FBT003 - as a value


def test_a_proxys_word_is_taken_and_its_silence_is_nobody() -> None:
    viewers = known(user_header="X-User", show_personal_data=["ann"])
    assert viewers.viewer("c", " ann ") == Viewer("ann", True, "c")  # noqa: FBT003
    assert viewers.viewer("c", "bob") == Viewer("bob", sees_personal_data=False, session="c")
    assert viewers.viewer("c", None) is None
    assert viewers.viewer("c", " ") is None


def test_whoever_signed_in_is_known_for_half_a_day_or_until_they_sign_out() -> None:
    clock = Clock()
    viewers = known(clock, users={"ann": HASH}, show_personal_data=["ann"])
    assert viewers.viewer("made-up", "ann") is None
    assert viewers.sign_in("ann", "wrong") is None
    assert viewers.sign_in("bob", "open sesame") is None
    first, second = viewers.sign_in("ann", "open sesame"), viewers.sign_in("ann", "open sesame")
    assert first is not None
    assert second is not None
    assert viewers.viewer(first, None) == Viewer("ann", True, first)  # noqa: FBT003
    viewers.sign_out(first)
    assert viewers.viewer(first, None) is None
    clock.now = SESSION_SECONDS
    assert viewers.viewer(second, None) is not None
    clock.now += 1
    assert viewers.viewer(second, None) is None


def test_a_form_is_known_by_the_session_that_it_was_shown_to() -> None:
    viewers = known()
    token = viewers.token("mine")
    assert viewers.is_token("mine", token)
    assert not viewers.is_token("another", token)
    assert not viewers.is_token("", viewers.token(""))
    assert not known().is_token("mine", token)
    assert not viewers.is_token("mine", "é")
