"""Foreign text where Streamlit reads Markdown: labels, names, columns, messages, shown as the text they are."""

import re

# Streamlit replaces addresses, icons, emoji and arrows after it has resolved the escapes, so escaping does not stop it.
# A zero-width space between their parts does.
_JOINTS = re.compile(r"(?<=[:@])(?=[\w+/-])|(?<=[Ww]{3})(?=\.)|(?<=[-<>~])(?=[->=])")
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_BETWEEN = "\u200b"


def plain(text: object) -> str:
    """Markdown that shows a text as it is: no link, picture, formatting, formula, icon or block; on one line.

    Most of what Streamlit's elements take is Markdown; only st.text, st.code, st.dataframe and the options of
    st.selectbox show text as it is.

    Args:
        text: anything that an adapter, a file or a visitor brought, or a message that quotes it.
    """
    words = " ".join(str(text).split())
    return _PUNCTUATION.sub(r"\\\1", _JOINTS.sub(_BETWEEN, words))
