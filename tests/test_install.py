"""How to install the package is written in one way, and nowhere as if a package index had it."""

import re
from pathlib import Path

from hf_sentiment.hub.card import TEMPLATE
from hf_sentiment.install import SOURCE, pip_install

ROOT = Path(__file__).parents[1]
# The package's name in an index. Its wheels are called hf_sentiment-*.whl.
BY_NAME = re.compile(r"pip install[^`\n]*hf-sentiment|dependencies = .*hf-sentiment")


def test_the_command_has_its_extras_and_its_place():
    assert pip_install() == "pip install . in a clone of hf_sentiment"
    assert pip_install("serve") == 'pip install ".[serve]" in a clone of hf_sentiment'
    assert pip_install(options="--no-deps") == "pip install --no-deps . in a clone of hf_sentiment"


def test_no_text_tells_pip_to_look_for_the_package_in_an_index():
    folders = ("hf_sentiment", "streamlit_app", "model_card", "docs", "scripts", "launch")
    paths = [
        path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in (".py", ".md", ".html")
    ]
    paths += [*ROOT.glob("*.md"), *ROOT.glob("*Dockerfile")]
    assert len(paths) > 300
    assert not [path for path in paths if BY_NAME.search(path.read_text(encoding="utf-8"))]


def test_readme_docs_and_cards_use_the_same_command():
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    with_extras = [re.findall(r'pip install\s+-e\s+"([^\s\[]+)\[', page.read_text(encoding="utf-8")) for page in pages]
    assert len(with_extras[0]) > 2 and sum(map(len, with_extras)) > 5
    assert {each for found in with_extras for each in found} == {SOURCE}
    assert "{{ install }}" in TEMPLATE.read_text(encoding="utf-8")
    for card in (ROOT / "hf_sentiment" / "assets").glob("*/README.md"):
        assert pip_install() in card.read_text(encoding="utf-8")
