"""Every command and every Python block of the other pages is run, on small files of the kind that the page is about."""

import json
import random
import re
import shutil
from pathlib import Path

import pytest
from doc_blocks import DOCS, blocks, follow
from star_reviews import star_rows
from tiny import save_tiny_base, write_csv

PAGES = ["index.md", *(f"how-to/{path.name}" for path in sorted((DOCS / "how-to").glob("*.md")))]
TOPICS = {"delivery": "It came two weeks late.", "price": "It costs too much.", "quality": "It broke at once."}


def labelled(count=60, positive=0.5, names=("Negative", "Positive")):
    """Rows of text and label."""
    good = round(count * positive)
    rows = [*star_rows(good, stars=(4, 5)), *star_rows(count - good, stars=(1, 2))]
    return [{"text": row["review"], "label": names[row["stars"] > 3]} for row in rows]


def complaints(count=80):
    draw = random.Random(1)
    for number in range(count):
        labels = draw.sample(sorted(TOPICS), draw.randint(0, 3))
        yield {"text": " ".join([f"Order {number}.", *(TOPICS[label] for label in labels)]), "labels": labels}


@pytest.fixture
def files(tmp_path):
    """The files that the pages speak of, in an empty folder."""

    def make(page):
        rows = labelled(100, 0.9) if "uneven" in page else list(star_rows()) if "stars" in page else labelled()
        write_csv(tmp_path / "reviews.csv", rows)
        write_csv(tmp_path / "unlabelled.csv", [{"text": row["review"]} for row in star_rows(40)])
        (tmp_path / "complaints.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in complaints()))
        for number in range(2):
            (tmp_path / "reviews").mkdir(exist_ok=True)
            write_csv(tmp_path / "reviews" / f"{number}.csv", labelled(20))
        german = [row | {"sprache": "de"} for row in labelled(names=("Negativ", "Positiv"))]
        write_csv(tmp_path / "bewertungen.csv", german)
        return tmp_path

    return make


@pytest.fixture
def bases(tmp_path, hub, tiny_base):
    """The bases that the pages name, on the test Hub and in a folder."""
    names = {"distilbert/distilbert-base-uncased": "distilbert", "FacebookAI/xlm-roberta-base": "xlm-roberta"}
    for repo_id, architecture in names.items():
        folder = save_tiny_base(tmp_path / "bases" / architecture, architecture)
        hub.add_commit(repo_id, _contents(folder))
    shutil.copytree(tiny_base, tmp_path / "my-base")


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_says_to_run_runs(page, files, bases, hub, binary_adapter):
    for repo_id in ("user/their-adapter", "user/my-adapter") if "publishing" not in page else ():
        hub.add_commit(repo_id, _contents(binary_adapter))
    said = follow(page, files(page))
    assert len(said) == sum(
        len(block.text.splitlines()) if block.language == "bash" else block.language == "python"
        for block in blocks(page)
    )


def test_messages_that_are_explained_are_messages_of_the_package():
    package = Path(__file__).parents[2] / "hf_sentiment"
    code = "\n".join(path.read_text(encoding="utf-8") for path in package.rglob("*.py"))
    # A string goes on in the next line.
    code = re.sub(r'"\n\s*f?"', "", code)
    text = (DOCS / "troubleshooting.md").read_text(encoding="utf-8")
    messages = re.findall(r"^## (.+)$", text.partition("# Without a message")[0], re.MULTILINE)
    assert len(messages) > 10
    assert [message for message in messages if message not in code] == []
