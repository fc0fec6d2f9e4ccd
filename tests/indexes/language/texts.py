"""Texts of any letters, with those that the analysis treats apart more often."""

from hypothesis import strategies as st

TEXT = st.text(
    st.characters(exclude_categories=["Cs"])
    | st.sampled_from(list('.!?…。！？；”"’)\n\n  aAbB1đ年。'))
)
