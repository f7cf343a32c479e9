"""What a base does not have is refused, before memory is taken for it or torch stops in a batch."""

import json
import shutil
import subprocess
import sys

import pytest
from tiny import save_tiny_base

from hf_sentiment import SentimentError
from hf_sentiment.adapter.loading import load_adapter

LIMITED = """
import resource, sys
from hf_sentiment import SentimentError
from hf_sentiment.adapter.loading import load_adapter
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    load_adapter(sys.argv[1], base_model=sys.argv[2])
except SentimentError as error:
    print(error)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.fixture
def bomb(tiny_base, tmp_path):
    """The tiny base with another config."""

    def make(**changes) -> str:
        folder = shutil.copytree(tiny_base, tmp_path / "base", dirs_exist_ok=True)
        config = json.loads((folder / "config.json").read_text()) | changes
        (folder / "config.json").write_text(json.dumps(config))
        return str(folder)

    return make


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"vocab_size": 50_000_000}, "its config.json asks for .* parameters, and its checkpoint has"),
        ({"intermediate_size": 20_000_000}, "its config.json asks for .* parameters, and its checkpoint has"),
        ({"num_hidden_layers": 20_000}, "its config.json asks for 20,000 layers, and its checkpoint has"),
    ],
)
def test_a_config_that_asks_for_much_more_is_refused(bomb, binary_adapter, changes, message):
    with pytest.raises(SentimentError, match=message):
        load_adapter(binary_adapter, base_model=bomb(**changes))


def test_weights_of_a_rank_that_the_files_do_not_have_take_no_memory(binary_adapter, tmp_path):
    folder = shutil.copytree(binary_adapter, tmp_path / "adapter")
    (folder / "manifest.json").unlink()
    config = json.loads((folder / "adapter_config.json").read_text()) | {"r": 8192, "target_modules": "all-linear"}
    (folder / "adapter_config.json").write_text(json.dumps(config))
    base = save_tiny_base(tmp_path / "wide", hidden_size=1024, intermediate_size=4096)
    done = subprocess.run([sys.executable, "-c", LIMITED, folder, base], capture_output=True, text=True)
    message, kilobytes = done.stdout.strip().splitlines()
    assert "has a different shape there" in message
    # The base takes 0.1 GB, and weights of this rank would take 1.2 GB.
    assert int(kilobytes) < 700_000


def test_a_window_or_a_vocabulary_that_the_base_does_not_have_is_refused(binary_adapter, tmp_path):
    short = save_tiny_base(tmp_path / "short", max_position_embeddings=32)
    with pytest.raises(SentimentError, match="max_length is 48, and the base .* reads 32 tokens at most"):
        load_adapter(binary_adapter, base_model=str(short))
    small = save_tiny_base(tmp_path / "small", vocab_size=10)
    with pytest.raises(SentimentError, match="The tokenizer of adapter has .* tokens, and the base .* knows 10"):
        load_adapter(binary_adapter, base_model=str(small))
