"""The demo: train an adapter on the demo reviews, evaluate it, publish it, load it and use it. About three minutes.

python scripts/demo.py [--repo user/name] [--output-dir demo-output]
"""

import argparse
from pathlib import Path

from transformers import pipeline

from hf_sentiment import SentimentError  # importing it registers the task "sentiment-lora"
from hf_sentiment.cli import quiet
from hf_sentiment.hub import publish
from hf_sentiment.training import TrainArguments, train

REVIEWS = [
    "I loved this product! It exceeded my expectations.",
    "Terrible experience. It broke after two days.",
    {"title": "Not what I hoped for", "text": "The pictures show a sturdy shelf; what came was cardboard."},
    "It does what it says, the price is fair, and my children fight over it.",
]


def main() -> None:
    """Run the demo."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repo", help="user/name to publish to; without it the demo does a dry run")
    parser.add_argument("--output-dir", default="demo-output")
    parsed = parser.parse_args()
    quiet()
    folder = Path(parsed.output_dir)

    heading("1. Train a LoRA adapter on the demo reviews, and evaluate it before and after")
    # The demo starts from scratch every time. A folder that no training wrote is refused.
    train(TrainArguments(recipe="demo", dataset="demo", output_dir=str(folder), overwrite=True))

    heading("2. Publish it")
    adapter = publish_or_explain(folder, parsed.repo)

    heading(f'3. Load it back: pipeline("sentiment-lora", model="{adapter}")')
    classify = pipeline("sentiment-lora", model=adapter)
    for review, answer in zip(REVIEWS, classify(REVIEWS), strict=True):
        text = review if isinstance(review, str) else f"{review['title']}. {review['text']}"
        print(f"  {answer['label']:8}  {answer['score']:.2f}  {text}")
    print(f"\nThe adapter and its card: {folder}/README.md")


def publish_or_explain(folder: Path, repo: str | None) -> str:
    """Publish if a repository is named and the Hub accepts it, else do a dry run and say why; return what to load."""
    reason = "no repository was named (make demo REPO=user/name)"
    if repo is not None:
        try:
            result = publish(folder, repo)
            print(f"  Published in one commit, downloaded again and checked: {result.url}")
            return result.repo
        except SentimentError as error:
            reason = str(error)
    result = publish(folder, repo or "your-name/demo-adapter", dry_run=True)
    for name, size in result.files.items():
        print(f"  {size:>10,}  {name}")
    print(f"  Dry run, nothing was sent: {reason}\n  One commit would contain these {len(result.files)} files.")
    return str(folder)


def heading(text: str) -> None:
    """Print a step's title."""
    print(f"\n{text}\n{'-' * len(text)}")


if __name__ == "__main__":
    main()
