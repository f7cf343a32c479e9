"""Train the start of `minilm`: LoRA layers that have learnt from titles of reviews, without labels and without a head.

    python scripts/wake_minilm.py --data ../shared/data --ship

The texts are those of Amazon Polarity's training split and of reviews of five product domains (Blitzer et al. 2007),
whose first sentence is the title. Their labels are not read. The first token is woken, then the layers learn to predict
the words of the titles, see `hf_sentiment.training.titles`. The weights are kept in half precision.
"""

import argparse
import shutil
import tempfile
from pathlib import Path

import torch
from peft.utils import get_peft_model_state_dict
from safetensors.torch import save_file
from transformers import set_seed

from hf_sentiment.adapter.folder import ADAPTER_CONFIG, ADAPTER_WEIGHTS
from hf_sentiment.adapter.saving import save_adapter
from hf_sentiment.backends.torch import has_bf16
from hf_sentiment.cli import quiet
from hf_sentiment.reviews.columns import Columns
from hf_sentiment.reviews.review import Review
from hf_sentiment.reviews.unlabelled import read_unlabelled
from hf_sentiment.training import TrainArguments
from hf_sentiment.training.adapt import adapt
from hf_sentiment.training.device import training_device
from hf_sentiment.training.features import read_by_layer
from hf_sentiment.training.head import head_layer
from hf_sentiment.training.init_adapter import AWAKE_FOLDER
from hf_sentiment.training.setup import RunSetup, prepare
from hf_sentiment.training.titles import learn_from_titles
from hf_sentiment.training.trainer_options import training_arguments
from hf_sentiment.training.waking import cancel_query, last_query

SOURCES = ("amazon_polarity/train.parquet", "amazon_reviews_multidomain/train.parquet")


def wake(reviews: list[Review], folder: Path) -> None:
    """Train the layers, and write an adapter folder with nothing but them."""
    # The demo reviews stand in for the labelled reviews that a run needs; their labels change nothing here.
    options = {"init_adapter": "", "fit_head": False, "word_dropout": 0.1}
    arguments = TrainArguments(recipe="minilm", dataset="demo", output_dir=str(folder), **options).resolved()
    setup = prepare(arguments, "", training_arguments(arguments))
    device = training_device(use_cpu=False)
    bf16, on_cpu = has_bf16(device), device.type == "cpu"
    set_seed(arguments.run.seed)
    model = adapt(setup.classifier(), setup).to(device)
    query, head = last_query(model), head_layer(model, len(setup.config.labels))
    first_tokens = read_by_layer(query, model, setup.reviews.train, setup, bf16=bf16)
    cancel_query(query, torch.from_numpy(first_tokens).to(device))
    learn_from_titles(model, head, reviews, setup.encoder, setup.tokenizer, print, bf16=bf16, use_cpu=on_cpu)
    save(model, setup, folder)


def save(model, setup: RunSetup, folder: Path) -> None:
    """Write the LoRA layers in half precision, with PEFT's config of them."""
    with tempfile.TemporaryDirectory() as whole:
        save_adapter(model, setup.tokenizer, setup.config, Path(whole))
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(Path(whole) / ADAPTER_CONFIG, folder / ADAPTER_CONFIG)
    state = get_peft_model_state_dict(model, save_embedding_layers=False)
    layers = {name: value.detach().cpu().half().contiguous() for name, value in state.items() if ".lora_" in name}
    save_file(layers, folder / ADAPTER_WEIGHTS, metadata={"format": "pt"})
    print(f"Written: {folder}, {sum(path.stat().st_size for path in folder.iterdir()) / 1e6:.2f} MB")


def main() -> None:
    """Read the texts, train, and ship."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, type=Path, help="the folder with the sources' folders")
    parser.add_argument("--output-dir", default="awake", type=Path)
    parser.add_argument("--ship", action="store_true", help="replace the layers in the package")
    arguments = parser.parse_args()
    quiet()
    reviews = [review for source in SOURCES for review in read_unlabelled(arguments.data / source, Columns())[0]]
    wake(reviews, arguments.output_dir)
    if arguments.ship:
        shutil.rmtree(AWAKE_FOLDER, ignore_errors=True)
        shutil.copytree(arguments.output_dir, AWAKE_FOLDER)


if __name__ == "__main__":
    main()
