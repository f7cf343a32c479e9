"""Estimate how long one pass over 3.6 million reviews takes on this machine, with each of the whole-* recipes.

    python scripts/benchmark_whole.py --dataset ../shared/data/amazon_polarity

A few steps are trained on a base of the recipe's size and architecture with random weights, which take the same time
and need no download. The text is tokenized by the embedded MiniLM's WordPiece.
"""

import argparse
import tempfile
import time
from pathlib import Path

import torch
from transformers import AutoConfig, AutoModelForMaskedLM, AutoTokenizer

from hf_sentiment.adapter.base_model import locate_base
from hf_sentiment.cli import quiet
from hf_sentiment.training import TrainArguments
from hf_sentiment.training.adapt import adapt
from hf_sentiment.training.encoding import encode_splits
from hf_sentiment.training.recipe_files import recipe_names
from hf_sentiment.training.setup import prepare
from hf_sentiment.training.trainer import make_trainer
from hf_sentiment.training.trainer_options import training_arguments

ROWS = 3_600_000
# Differences from the architectures' defaults, which are the sizes of their base checkpoints.
SIZES = {
    "distilbert": ("distilbert", {}),
    "roberta": ("roberta", {"max_position_embeddings": 514}),
    "deberta-v3": (
        "deberta-v2",
        {"hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12}
        | {"intermediate_size": 3072, "relative_attention": True, "pos_att_type": ["c2p", "p2c"]}
        | {"position_buckets": 256, "share_att_key": True, "norm_rel_ebd": "layer_norm"},
    ),
    "modernbert": ("modernbert", {}),
}


def reviews_per_second(name: str, dataset: str, steps: int, folder: Path) -> float:
    """The speed of training with a recipe, without the first steps, in which buffers are allocated."""
    kind, changes = SIZES[name]
    base = folder / "base"
    model = AutoModelForMaskedLM.from_config(AutoConfig.for_model(kind, pad_token_id=0, **changes))
    model.save_pretrained(base)
    AutoTokenizer.from_pretrained(locate_base("minilm").path).save_pretrained(base)
    arguments = TrainArguments(
        recipe=f"whole-{name}",
        dataset=dataset,
        base_model=str(base),
        base_model_id=f"user/{name}",
        output_dir=str(folder / "adapter"),
        streaming=False,
        batch_size=16,
        max_steps=2 * steps,
        eval_steps=1000,
        train_size=32 * steps,
        validation_size=16,
        test_size=16,
    ).resolved()
    options = training_arguments(arguments)
    setup = prepare(arguments, "", options)
    trainer = make_trainer(adapt(setup.classifier(), setup), setup, encode_splits(setup), options)
    seconds = []
    step = trainer.training_step

    def timed(*args, **kwargs):
        started = time.perf_counter()
        loss = step(*args, **kwargs)
        seconds.append(time.perf_counter() - started)
        return loss

    trainer.training_step = timed
    trainer.train()
    return arguments.schedule.batch_size * steps / sum(seconds[steps:])


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", default="demo")
    parser.add_argument("--steps", type=int, default=6)
    parsed = parser.parse_args()
    quiet()
    torch.manual_seed(0)
    print(f"| recipe | reviews/s | hours for {ROWS:,} reviews |\n|---|---|---|")
    for recipe in recipe_names():
        name = recipe.removeprefix("whole-")
        if name == recipe:
            continue
        with tempfile.TemporaryDirectory() as folder:
            speed = reviews_per_second(name, parsed.dataset, parsed.steps, Path(folder))
        print(f"| {recipe} | {speed:.1f} | {ROWS / speed / 3600:.0f} |", flush=True)


if __name__ == "__main__":
    main()
