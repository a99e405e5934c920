"""Whatever JSON can say, for Hypothesis."""

from hypothesis import strategies as st

#: Any text, lone surrogates too, and texts that look like phones, times or numbers.
texts = (
    st.text(st.characters(exclude_categories=()), max_size=30)
    | st.text("+0123456789 -()/.x", max_size=45)
    | st.text("0123456789-:.TWZ+ ", max_size=25)
    | st.text("0123456789.eE+-_", max_size=45)
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(0, 10**16) | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
