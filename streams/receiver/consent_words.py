"""The words by which people say that they want no more messages, or want them again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from streams.profiles.marks import without_unseen

#: Words that are a whole text by themselves, by language. Those of English are what 47 CFR 64.1200(a)(10) takes for a
#: revocation, with the spellings that Telnyx and AWS block by (developers.telnyx.com, Advanced Opt-In/Out;
#: docs.aws.amazon.com, Required opt-out keywords), which also name the French one that Canada asks for. Of the other
#: languages no rule names any: these are their plain words for stop and unsubscribe.
OUT: Mapping[str, tuple[str, ...]] = {
    "en": (
        "stop",
        "stopall",
        "stop all",
        "unsubscribe",
        "cancel",
        "end",
        "quit",
        "revoke",
        "optout",
        "opt-out",
        "opt out",
        "remove",
        "td",
    ),
    "fr": ("arret", "arrêt", "stop sms"),
    "de": ("stopp", "abmelden", "abbestellen"),
    "es": ("baja", "alto", "parar", "cancelar"),
    "hr": ("odjava",),
    "it": ("cancella", "cancellami", "disiscrivi"),
    "nl": ("stoppen", "afmelden", "uitschrijven"),
    "pt": ("sair", "parar", "cancelar"),
    "tr": ("ret", "iptal"),
}
#: The words that lift a block of the carriers. A yes is none: it answers whatever was asked last.
IN: Mapping[str, tuple[str, ...]] = {"en": ("start", "unstop")}
#: What may stand around such a word, and means nothing.
AROUND = " \t\r\n.,;:!?\u00a1\u00bf'\"\u201c\u201d\u2018\u2019\u00ab\u00bb()[]*_-"
#: In characters; no word is longer, so longer texts are not looked at.
_WRITTEN_MAX = 100


@dataclass(frozen=True, slots=True)
class ConsentWords:
    """The words, each as `plain` has it."""

    out: frozenset[str]
    into: frozenset[str]

    def also(self, out: Iterable[str] = (), into: Iterable[str] = ()) -> "ConsentWords":
        """The same with more words; one that is said again changes sides."""
        more_out, more_in = frozenset(map(plain, out)), frozenset(map(plain, into))
        return ConsentWords((self.out - more_in) | more_out, (self.into - more_out) | more_in)

    def state_of(self, text: str) -> Literal["out", "in"] | None:
        """What a text says if it is one of the words and nothing else."""
        if len(text) > _WRITTEN_MAX:
            return None
        word = plain(text)
        return "out" if word in self.out else "in" if word in self.into else None


def plain(text: str) -> str:
    """A text in small letters, with single blanks, without what stands around it."""
    return " ".join(without_unseen(text).strip(AROUND).casefold().split())


PUBLISHED = ConsentWords(
    frozenset(word for words in OUT.values() for word in words),
    frozenset(word for words in IN.values() for word in words),
)
