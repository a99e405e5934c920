"""Texts and values as people and platforms write them, for property tests."""

from hypothesis import strategies as st

#: What has a meaning in links, HTML, rules of style, JSON and templates.
SIGNS = "<>\"'`&=#?/\\:;,.%+@!()[]{}|^~*$-_ \t\n\u00a0\u200b\u202e\ufeff\u2028"
SCRIPTS = "aZ09éßñøŁżčЖдωשمनไ漢か한🍕😀\u0301"
#: What must not come to be where it was not.
HOSTILE = (
    "javascript:alert(1)",
    "JaVaScRiPt\t:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "//evil.example",
    "https://evil.example/?a=1&b=2#c",
    "\\\\evil.example",
    '" onmouseover="alert(1)',
    "' onmouseover='alert(1)",
    "x onmouseover=alert(1)",
    "</a><script>alert(1)</script>",
    "--><b>",
    "</style><b>",
    "</script><b>",
    "red;background:url(javascript:alert(1))",
    "}*{display:none}",
    '","admin":"yes',
    "&admin=yes",
    "#fragment",
    "../../pay",
    "%26admin%3Dyes",
    "bo&co=1#x@example.com",
    "ann+news@example.com",
    "AB 12#1",
    "{{secret}}",
    "&quot;&lt;b&gt;",
    "a\u0000b",
)
values = st.one_of(st.sampled_from(HOSTILE), st.text(st.sampled_from(SIGNS + SCRIPTS), min_size=1, max_size=24))
