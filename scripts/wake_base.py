"""Train the start of `minilm` or `mpnet`: LoRA layers that have learnt from titles of reviews, without labels.

    python scripts/wake_base.py --recipe minilm --data ../shared/data
    torchrun --nproc-per-node 2 scripts/wake_base.py --recipe mpnet --data ../shared/data \
        --epochs 1 --learning-rate 4e-4 --max-length 48

The texts are those of Amazon Polarity's training split and of reviews of five product domains (Blitzer et al. 2007),
whose first sentence is the title. Their labels are not read. The first token is woken, then the layers learn to predict
the words of the titles, see `hf_sentiment.training.titles`. The weights are kept in half precision.
"""

import argparse
from dataclasses import fields
from pathlib import Path

import torch
from peft import PeftModel
from peft.tuners.lora import Linear
from safetensors.torch import save_file
from transformers import set_seed

from hf_sentiment.adapter.base_model import SHORT_NAMES
from hf_sentiment.backends.torch import has_bf16
from hf_sentiment.cli import quiet
from hf_sentiment.reviews.columns import Columns
from hf_sentiment.reviews.review import Review
from hf_sentiment.reviews.unlabelled import read_unlabelled
from hf_sentiment.training import TrainArguments
from hf_sentiment.training.adapt import adapt
from hf_sentiment.training.device import training_device
from hf_sentiment.training.features import read_by_layer
from hf_sentiment.training.head import head_layer, hidden_layer
from hf_sentiment.training.say import say_nothing
from hf_sentiment.training.setup import prepare
from hf_sentiment.training.speedups.lower_layers import classifier_of
from hf_sentiment.training.titles import TitleOptions, learn_from_titles
from hf_sentiment.training.trainer_options import training_arguments
from hf_sentiment.training.waking import AWAKE, cancel_query, last_query

SOURCES = ("amazon_polarity/train.parquet", "amazon_reviews_multidomain/train.parquet")


def wake(reviews: list[Review], path: Path, options: TitleOptions, **base: str | None) -> None:
    """Train the layers, and write their updates; `base` are the options of `TrainArguments` that name it."""
    # The demo reviews stand in for the labelled reviews that a run needs; their labels change nothing here.
    settings = {"fit_head": "never", "word_dropout": 0.1, "output_dir": str(path.parent)}
    arguments = TrainArguments(dataset="demo", **settings, **base).resolved()
    trainer_options = training_arguments(arguments)
    setup = prepare(arguments, "", trainer_options)
    device = training_device(use_cpu=False)
    bf16, on_cpu = has_bf16(device), device.type == "cpu"
    set_seed(arguments.run.seed)
    model = adapt(setup.classifier(), setup).to(device)
    # A hidden layer of the head is each run's own, so the words are predicted from what that reads.
    query, read_by = last_query(model), hidden_layer(model) or head_layer(model, len(setup.config.labels))
    first_tokens = read_by_layer(query, model, setup.reviews.train, setup, bf16=bf16)
    cancel_query(query, torch.from_numpy(first_tokens).to(device))
    say = print if trainer_options.process_index == 0 else say_nothing
    learn_from_titles(model, read_by, reviews, setup.encoder, setup.tokenizer, say, options, bf16=bf16, use_cpu=on_cpu)
    if trainer_options.process_index == 0:
        save(model, path)


def save(model: PeftModel, path: Path) -> None:
    """Write the updates of the LoRA layers in half precision."""
    updates = {}
    for name, layer in classifier_of(model).named_modules():
        if isinstance(layer, Linear):
            low, high = layer.lora_A["default"].weight, layer.lora_B["default"].weight * layer.scaling["default"]
            for letter, half in (("A", low), ("B", high)):
                updates[f"{name}.{letter}"] = half.detach().cpu().half().contiguous()
    save_file(updates, path)
    # safetensors writes it for its owner alone.
    path.chmod(0o644)
    print(f"Written: {path}, {path.stat().st_size / 1e6:.2f} MB")


def main() -> None:
    """Read the texts and train."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, type=Path, help="the folder with the sources' folders")
    recipes = [name for name, base in SHORT_NAMES.items() if base in AWAKE]
    parser.add_argument("--recipe", choices=recipes, default="minilm", help="whose base is woken")
    parser.add_argument("--base-model", help="a folder to take the base from")
    parser.add_argument("--output", type=Path, help="by default, the file in the package")
    for field in fields(TitleOptions):
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=field.type, default=field.default)
    arguments = parser.parse_args()
    quiet()
    base_id = SHORT_NAMES[arguments.recipe]
    base = {"recipe": arguments.recipe}
    if arguments.base_model:
        base |= {"base_model": arguments.base_model, "base_model_id": base_id}
    options = TitleOptions(**{each.name: getattr(arguments, each.name) for each in fields(TitleOptions)})
    reviews = [review for source in SOURCES for review in read_unlabelled(arguments.data / source, Columns())[0]]
    wake(reviews, arguments.output or AWAKE[base_id], options, **base)


if __name__ == "__main__":
    main()
