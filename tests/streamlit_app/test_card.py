"""Model cards of strangers: words, tables and code, but no picture, link or HTML of theirs."""

import re

from app_pages import shown

from hf_sentiment.adapter.folder import DEFAULT_FOLDER, copy_adapter
from hf_sentiment.streamlit_app.card import card_html

HOSTILE = """---
license: mit
---
# Card <img src="http://far.invalid/1.png">

![far](http://far.invalid/2.png) ![a[b]](http://far.invalid/3.png) ![r][ref] [![in](http://far.invalid/4.png)](http://x.invalid)
[log **in** again](http://evil.invalid "title") <http://auto.invalid> http://bare.invalid [r][ref] <me@mail.invalid>

<script>window.harmed = true</script><iframe src="http://far.invalid"></iframe>

| a | <b> |
|---|-----|
| [x](javascript:harm) | **y** |

```mermaid
flowchart LR
a@{ img: "http://far.invalid/5.png" }
```

[ref]: http://ref.invalid
"""


def test_a_card_loads_nothing_and_links_to_nothing(tmp_path):
    (tmp_path / "README.md").write_text(HOSTILE)
    card = card_html(tmp_path)
    tags = set(re.findall(r"<(\w+)", card))
    assert tags == {"div", "h1", "p", "strong", "table", "thead", "tbody", "tr", "th", "td", "pre", "code"}
    assert set(re.findall(r"<\w+ ([^>]*)>", card)) == {'class="card"', 'class="language-mermaid"'}
    assert "log <strong>in</strong> again (http://evil.invalid)" in card and "r (http://ref.invalid)" in card
    assert "[Picture: far] [Picture: a[b]] [Picture: r] [Picture: in] (http://x.invalid)" in card
    assert "license" not in card and "far.invalid/2.png" not in card


def test_what_a_card_of_ours_folds_is_open(tmp_path):
    copy_adapter(DEFAULT_FOLDER, tmp_path)
    card = card_html(tmp_path)
    assert "details" not in card and "summary" not in card and card.count("<table>") > 3


def test_a_folder_without_a_card_has_none(tmp_path):
    assert card_html(tmp_path) == ""
    (tmp_path / "README.md").write_bytes(b"\xff\xfe")
    assert card_html(tmp_path) == ""


def test_the_page_shows_the_card(started, tmp_path):
    copy_adapter(DEFAULT_FOLDER, tmp_path)
    (tmp_path / "README.md").write_text(HOSTILE)
    page = started("page_model", "--adapter", str(tmp_path))
    assert not page.exception and card_html(tmp_path) in shown(page)
