"""What the keyboard does, in a panel that every page has."""

import streamlit as st

KEYS = {
    "Tab, Shift+Tab": "to the next or previous field or button",
    "Ctrl+Enter": "in a text field of several lines: classify",
    "Enter": "in a field of one line: accept it; on a button: press it",
    "1 to 9": "label page: give the review this label",
    "S": "label page: skip the review",
    "U": "label page: undo the last one",
    "Esc": "close this panel",
}


def show_keyboard() -> None:
    """Draw the button that opens the panel."""
    with st.popover("Keyboard", icon=":material/keyboard:", type="tertiary", key="keyboard"):
        rows = "".join(f"<tr><th scope='row'><kbd>{key}</kbd></th><td>{what}</td></tr>" for key, what in KEYS.items())
        st.html(f'<table class="keys"><caption>What keys do</caption>{rows}</table>')
