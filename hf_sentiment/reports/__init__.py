"""An evaluation report as data, and its renderers: terminal, HTML, pictures and the sentences of the card."""
