import subprocess
import sys

import pytest
from safetensors.torch import load_file
from tiny import tiny_reviews, write_csv
from training_commands import train_command

from hf_sentiment import SentimentError
from hf_sentiment.files.owned_folder import make_owned_folder
from hf_sentiment.training.callbacks.checkpoints import last_complete_checkpoint
from hf_sentiment.training.output_folder import (
    CHECKPOINTS,
    MARKER,
    PURPOSE,
    remove_checkpoints,
)


def test_an_output_folder_is_not_overwritten_without_being_asked(train_tiny, binary_adapter, tmp_path):
    with pytest.raises(SentimentError, match="already holds an adapter.*--overwrite"):
        train_tiny(output_dir=str(binary_adapter))


@pytest.mark.parametrize("options", [{}, {"overwrite": True}, {"resume": True}])
@pytest.mark.parametrize(
    "files",
    [
        ["notes.txt"],
        # The names of a run, in a folder that somebody else made.
        ["checkpoints/checkpoint-5/complete"],
        ["adapter_config.json", "checkpoints/checkpoint-5/model.safetensors"],
    ],
)
def test_a_folder_that_no_training_made_is_left_as_it_is(train_tiny, tmp_path, files, options):
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("mine")
    with pytest.raises(SentimentError, match="no training wrote|already holds an adapter"):
        train_tiny(output_dir=str(tmp_path), **options)
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()) == sorted(files)


def test_the_marker_of_checkpoints_goes_last(tmp_path):
    make_owned_folder(tmp_path / CHECKPOINTS, MARKER, PURPOSE)
    (tmp_path / CHECKPOINTS / "checkpoint-5").mkdir()
    # A kill in the middle, as the system sees it.
    remove = f"""
import os, shutil, sys
from pathlib import Path
from hf_sentiment.training import output_folder
output_folder.shutil.rmtree = lambda *words, **more: os._exit(9)
output_folder.remove_checkpoints(Path({str(tmp_path)!r}))
"""
    assert subprocess.run([sys.executable, "-c", remove]).returncode == 9
    remove_checkpoints(tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made_is_named(train_tiny, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SentimentError, match="cannot be written to"):
        train_tiny(output_dir=str(tmp_path / "file" / "adapter"))


FULL_DISK = """
import resource, sys, threading, time
from pathlib import Path
from hf_sentiment.cli import main

def fill(checkpoints):
    while not list(checkpoints.glob("*/complete")):
        time.sleep(0.001)
    # From here on no file can grow beyond a kilobyte, as on a disk that is full.
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))

threading.Thread(target=fill, args=(Path(sys.argv[1]) / "checkpoints",), daemon=True).start()
sys.exit(main(["train", "--output-dir", *sys.argv[1:]]))
"""


@pytest.mark.slow
def test_a_full_disk_keeps_the_last_complete_checkpoint(tiny_base, tmp_path):
    reviews = write_csv(tmp_path / "reviews.csv", tiny_reviews(80))
    options = train_command(tmp_path / "full", reviews, "--epochs", "6")[2:]
    options = [word for word in options if word not in ("--output-dir", str(tmp_path / "full"))]
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path / "full"), *options], capture_output=True, text=True
    )
    assert done.returncode == 2, done.stderr[-2000:]
    assert "The last complete checkpoint is kept: free some space, then give --resume." in done.stderr
    assert last_complete_checkpoint(tmp_path / "full" / "checkpoints")
    resume = train_command(tmp_path / "full", reviews, "--epochs", "6", "--resume")
    done = subprocess.run(resume, check=True, capture_output=True)
    assert b"Resuming from checkpoint-" in done.stdout
    subprocess.run(train_command(tmp_path / "whole", reviews, "--epochs", "6"), check=True, capture_output=True)
    whole, resumed = (load_file(tmp_path / name / "adapter_model.safetensors") for name in ("whole", "full"))
    assert all((whole[key] == resumed[key]).all() for key in whole)
