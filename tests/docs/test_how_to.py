"""Every bash and Python block of the other pages is run, on small files of the kind that the page is about."""

import json
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from doc_blocks import DOCS, blocks, commands, follow
from huggingface_hub import HfApi
from star_reviews import star_rows
from tiny import save_tiny_base, write_csv

HOW_TO = [f"how-to/{path.name}" for path in sorted((DOCS / "how-to").glob("*.md"))]
PAGES = ["../README.md", "index.md", "recipes.md", "scale.md", "serving.md", *HOW_TO]
# Enough for every step, and no more.
SHORT = ("--train-size", "40", "--validation-size", "20", "--test-size", "20", "--epochs", "1")
ROOT = DOCS.parent
PROGRAM = re.compile(r"(hf-sentiment (?!--)[a-z]+|python scripts/\w+\.py)([^\n#]*)")
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
        _as_the_recipes_need_them(tmp_path)
        german = [row | {"sprache": "de"} for row in labelled(names=("Negativ", "Positiv"))]
        write_csv(tmp_path / "bewertungen.csv", german)
        return tmp_path

    return make


def _as_the_recipes_need_them(folder):
    """The data sets that docs/recipes.md names: folders with a file."""
    for name in ("amazon_stars", "tweeteval_sentiment", "amazon_sarcasm", "goemotions"):
        (folder / name).mkdir()
    write_csv(folder / "amazon_stars" / "train.csv", list(star_rows(80)))
    tweets = labelled(80)
    tweets[::4] = [{"text": f"It is number {number}.", "label": "Neutral"} for number in range(20)]
    write_csv(folder / "tweeteval_sentiment" / "train.csv", tweets)
    irony = [{"text": row["text"], "sarcastic": row["label"]} for row in labelled(80, names=("ironic", "non-ironic"))]
    write_csv(folder / "amazon_sarcasm" / "train.csv", irony)
    felt = [row | {"label": [["joy", "love"], ["anger"]][row["label"] == "Negative"]} for row in labelled(80)]
    (folder / "goemotions" / "train.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in felt))


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
    # An earlier page may have published it, with a tag.
    HfApi(hub.url, token="hf_test").delete_repo("user/my-adapter", missing_ok=True)
    there = [] if "publishing" in page or "README" in page else ["user/their-adapter", "user/my-adapter"]
    for repo_id in [*there, "user/a", "user/b"]:
        hub.add_commit(repo_id, _contents(binary_adapter))
    said = follow(page, files(page), SHORT if page == "recipes.md" else ())
    assert len(said) == sum(
        len(list(commands(block.text))) if block.language == "bash" else block.language == "python"
        for block in blocks(page)
    )


@pytest.mark.slow
def test_commands_that_are_not_run_have_options_that_exist():
    """Those of long measurements, of several machines, and of object stores: the blocks without a language."""
    found = {}
    for path in [*DOCS.rglob("*.md"), *ROOT.glob("*.md")]:
        for block in blocks(path):
            for program, rest in PROGRAM.findall(block.text.replace("\\\n", " ")) if not block.language else ():
                found.setdefault(program, set()).update(re.findall(r"--[a-z][a-z-]*", rest))
    assert {"hf-sentiment predict", "python scripts/benchmark.py", "python scripts/learning_curve.py"} < found.keys()
    for program, options in found.items():
        words = program.removeprefix("python ").replace("hf-sentiment", "-m hf_sentiment.cli").split()
        done = subprocess.run([sys.executable, *words, "--help"], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert options <= set(re.findall(r"--[a-z][a-z-]*", done.stdout)), program


def test_messages_that_are_explained_are_messages_of_the_package():
    package = ROOT / "hf_sentiment"
    code = "\n".join(path.read_text(encoding="utf-8") for path in package.rglob("*.py"))
    # A string goes on in the next line.
    code = re.sub(r'"\n\s*f?"', "", code)
    text = (DOCS / "troubleshooting.md").read_text(encoding="utf-8")
    messages = re.findall(r"^## (.+)$", text.partition("# Without a message")[0], re.MULTILINE)
    assert len(messages) > 10
    assert [message for message in messages if message not in code] == []
