import json
import os
import random
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import yaml
from safetensors.torch import load_file
from tiny import save_tiny_base, tiny_reviews, write_csv

from hf_sentiment import SentimentError
from hf_sentiment.adapter.folder import adapter_files
from hf_sentiment.cli import main
from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.reviews.fingerprints import read_training_rows
from hf_sentiment.training import TrainArguments, train
from hf_sentiment.training.callbacks.checkpoints import last_complete_checkpoint
from hf_sentiment.training.recipe_files import recipe_names

ROOT = Path(__file__).parents[2]


def test_a_tiny_encoder_learns_and_the_folder_is_whole(binary_adapter):
    report = json.loads((binary_adapter / "evaluation" / "report.json").read_text())
    assert report["accuracy"] > 0.8 > 0.7 > report["baseline"]["before_fine_tuning"]["accuracy"]
    assert report["baseline"]["majority_class"]["accuracy"] == pytest.approx(0.5, abs=0.1)
    # Three words of its label stand in each review: a linear model over words is hard to beat here.
    assert report["baseline"]["tfidf_logistic_regression"]["accuracy"] > 0.9
    assert report["calibration"]["temperature"] == SentimentConfig.load(binary_adapter).temperature != 1.0
    names = {str(name) for name in adapter_files(binary_adapter)}
    assert {"README.md", "adapter_config.json", "adapter_model.safetensors", "sentiment_config.json"} <= names
    assert {"tokenizer.json", "evaluation/report.json", "evaluation/confusion_matrix.png"} <= names
    assert not (binary_adapter / "checkpoints").exists()
    assert not (binary_adapter / "config.json").exists()


def test_no_file_of_the_adapter_names_a_path_of_this_machine(binary_adapter, tiny_base):
    for name in adapter_files(binary_adapter):
        content = (binary_adapter / name).read_bytes()
        assert str(binary_adapter).encode() not in content and tiny_base.encode() not in content, name


def test_the_adapter_names_its_base_by_id_and_revision(binary_adapter, hub):
    config = json.loads((binary_adapter / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == "user/tiny-bert"
    assert config["revision"] == hub.commits("user/tiny-bert")[0].id
    assert config["modules_to_save"] == ["bert.pooler.dense", "classifier"]
    sentiment = SentimentConfig.load(binary_adapter)
    assert sentiment.labels == ["Negative", "Positive"]
    assert sentiment.provenance["rows"] == {"train": 120, "validation": 40, "test": 40}
    assert sentiment.provenance["command"].startswith("hf-sentiment train --recipe minilm --dataset reviews.csv")


def test_the_same_seed_gives_the_same_adapter(train_tiny):
    first, second, other = (
        load_file(train_tiny(rows=60, epochs=1, seed=seed).output_dir / "adapter_model.safetensors")
        for seed in (1, 1, 2)
    )
    assert all((first[key] == second[key]).all() for key in first)
    assert any((first[key] != other[key]).any() for key in first)


@pytest.mark.parametrize("architecture", ["deberta", "deberta-v2", "distilbert", "modernbert", "xlnet"])
def test_other_encoders_train_too(train_tiny, tmp_path, architecture):
    base = save_tiny_base(tmp_path / architecture, architecture)
    # In bf16 where the processor has it.
    options = {"base_model": str(base), "base_model_id": f"user/tiny-{architecture}", "bf16": True}
    result = train_tiny(**options, rows=60, epochs=1)
    assert result.report.rows == 12 and sum(result.trainable.values()) > 0


def test_a_run_may_start_from_an_adapter(train_tiny, binary_adapter):
    lines = []
    result = train_tiny(init_adapter=str(binary_adapter), rows=60, learning_rate=1e-6, epochs=1, say=lines.append)
    # What was learnt is there from the start, and so are its layers; the folder's path is not.
    assert result.report.accuracy > 0.8
    ours, theirs = (
        json.loads((folder / "adapter_config.json").read_text()) for folder in (result.output_dir, binary_adapter)
    )
    assert ours["target_modules"] == theirs["target_modules"] and ours["r"] == theirs["r"]
    # The rows that were seen before were seen.
    assert read_training_rows(binary_adapter) < read_training_rows(result.output_dir)
    assert SentimentConfig.load(result.output_dir).provenance["arguments"]["init_adapter"] == "adapter"


def test_a_run_may_start_from_an_adapter_for_other_labels(train_tiny, binary_adapter):
    options = {"init_adapter": str(binary_adapter), "rows": 90, "learning_rate": 1e-9, "epochs": 1}
    wider = train_tiny(
        labels=("Negative", "Neutral", "Positive"),
        label_map="Negative=NEGATIVE,Neutral=Neutral,Positive=positive",
        **options,
    ).output_dir
    other = train_tiny(label_map="Negative=Dull,Positive=Funny", **options).output_dir
    old, three, two = (load_file(folder / "adapter_model.safetensors") for folder in (binary_adapter, wider, other))
    head = "base_model.model.classifier.weight"
    assert all(
        torch.allclose(old[key], new[key], atol=1e-6) for new in (three, two) for key in old if head[:-6] not in key
    )
    # Labels go by name; those that the adapter did not know begin anew.
    assert torch.allclose(three[head][[0, 2]], old[head], atol=1e-6)
    assert not torch.allclose(two[head], old[head], atol=1e-3)


def test_an_output_folder_is_not_overwritten_untold(train_tiny, binary_adapter, tmp_path):
    with pytest.raises(SentimentError, match="already holds an adapter.*--overwrite"):
        train_tiny(output_dir=str(binary_adapter))
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(SentimentError, match="is not empty"):
        train_tiny(output_dir=str(tmp_path))
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_folder_that_cannot_be_made_is_named(train_tiny, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SentimentError, match="cannot be written to"):
        train_tiny(output_dir=str(tmp_path / "file" / "adapter"))


def test_what_the_card_would_refuse_is_said_before_training(train_tiny):
    with pytest.raises(SentimentError, match="The card's licence is 'do what you want': give an identifier"):
        train_tiny(license="do what you want")


def test_a_local_base_needs_its_hub_id(train_tiny, tiny_base):
    with pytest.raises(SentimentError, match="--base-model-id"):
        train_tiny(base_model=tiny_base)


def test_an_unknown_target_lists_the_layers_there_are(train_tiny):
    with pytest.raises(SentimentError, match="attention.self.query, attention.self.value"):
        train_tiny(target_modules="q_lin")


def test_recipes_are_complete_and_their_mistakes_are_named(tmp_path):
    assert {"minilm", "seed-distilbert"} <= set(recipe_names())
    seed = TrainArguments(recipe="seed-distilbert", dataset="x", output_dir="y").resolved()
    assert (seed.target_modules, seed.lora_r, seed.lora_alpha, seed.max_length) == ("q_lin", 4, 32, 512)
    assert TrainArguments(recipe="minilm", dataset="x", output_dir="y", lora_r=2).resolved().lora_r == 2
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump({"learning_rat": 1}))
    with pytest.raises(SentimentError, match="did you mean learning_rate"):
        TrainArguments(recipe=str(tmp_path / "mine.yaml"), dataset="x", output_dir="y").resolved()
    with pytest.raises(SentimentError, match="no recipe 'nonsense'"):
        TrainArguments(recipe="nonsense", dataset="x", output_dir="y").resolved()


def test_a_recipe_groups_stars(train_tiny, tmp_path):
    groups = {1: "Negative", 2: "Negative", 3: "Neutral", 4: "Positive", 5: "Positive"}
    (tmp_path / "stars.yaml").write_text(yaml.safe_dump({"label_map": groups, "max_steps": 1}))
    rows = [{"text": row["text"], "stars": index % 5 + 1} for index, row in enumerate(tiny_reviews(100))]
    reviews = write_csv(tmp_path / "reviews.csv", rows)
    folder = train_tiny(recipe=str(tmp_path / "stars.yaml"), dataset=str(reviews)).output_dir
    assert SentimentConfig.load(folder).labels == ["Negative", "Neutral", "Positive"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("learning_rate: 5e-4", 5e-4),
        ("learning_rate: 5.0e4", 5e4),
        ("learning_rate: fast", "learning_rate the value 'fast', which is not a number"),
        ("learning_rate: '5e-4'", "learning_rate the value '5e-4', which is not a number"),
        ("batch_size: 8.0", 8),
        ("batch_size: 8.5", "batch_size the value 8.5, which is not a whole number"),
        ("batch_size: .inf", "batch_size the value inf, which is not a whole number"),
        ("bf16: 1", "bf16 the value 1, which is not true or false"),
        ("lr_scheduler: false", "lr_scheduler the value False, which is not text"),
        ("labels: [1, 2]", "1,2"),
        ("max_steps: null", None),
        ("license: mit", "sets license, which is no matter of recipes: give --license"),
    ],
)
def test_a_recipes_value_is_what_its_option_takes_or_is_refused(tmp_path, text, value):
    (tmp_path / "mine.yaml").write_text(text)
    arguments = TrainArguments(recipe=str(tmp_path / "mine.yaml"), dataset="x", output_dir="y")
    if isinstance(value, str) and not value[0].isdigit():
        with pytest.raises(SentimentError, match=re.escape(value)):
            arguments.resolved()
        return
    found = getattr(arguments.resolved(), text.partition(":")[0])
    assert found == value and type(found) is type(value)


SHIPPED = {
    "three-classes": ("stars", [1, 2, 3, 4.0, 5], ["Negative", "Neutral", "Positive"]),
    "five-stars": ("stars", [1, 2, 3, 4.0, 5], ["1 star", "2 stars", "3 stars", "4 stars", "5 stars"]),
    "sarcasm": ("sarcastic", ["non-ironic", "ironic"], ["Regular", "Sarcastic"]),
    "emotions": ("label", [[0, 27], [3], [17]], None),
}


@pytest.mark.parametrize("recipe", SHIPPED)
def test_a_recipe_brings_its_labels(train_tiny, tmp_path, recipe):
    column, values, labels = SHIPPED[recipe]
    rows = [{"text": row["text"], column: values[i % len(values)]} for i, row in enumerate(tiny_reviews(100))]
    path = tmp_path / "reviews.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    folder = train_tiny(recipe=recipe, dataset=str(path), max_steps=1, base_model="user/tiny-bert").output_dir
    config = SentimentConfig.load(folder)
    assert config.labels == labels or (config.multi_label and len(config.labels) == len(config.thresholds) == 28)


def test_an_empty_value_takes_back_what_the_recipe_says(tiny_base, tmp_path):
    rows = [{"text": row["text"], "label": index % 3} for index, row in enumerate(tiny_reviews(60))]
    reviews = write_csv(tmp_path / "tweets.csv", rows)
    options = ["--recipe", "three-classes", "--label-column", "label", "--label-map", "", "--max-steps", "1"]
    options += ["--base-model", "user/tiny-bert", "--max-length", "48", "--output-dir", str(tmp_path / "adapter")]
    assert main(["train", "--dataset", str(reviews), *options]) == 0
    config = SentimentConfig.load(tmp_path / "adapter")
    assert config.labels == ["Negative", "Neutral", "Positive"]
    assert '--label-column label --label-map ""' in config.provenance["command"]


def test_a_half_written_checkpoint_is_passed_over(tmp_path):
    for step in (10, 20):
        (tmp_path / f"checkpoint-{step}").mkdir()
    assert last_complete_checkpoint(tmp_path) is None
    (tmp_path / "checkpoint-10" / "complete").touch()
    assert last_complete_checkpoint(tmp_path) == str(tmp_path / "checkpoint-10")


def command(folder: Path, reviews: Path, *more: str) -> list[str]:
    script = [sys.executable, str(ROOT / "scripts" / "train.py")]
    options = {"base-model": "user/tiny-bert", "learning-rate": 0.01, "max-length": 48, "batch-size": 4, "bf16": False}
    more += tuple(word for name, value in options.items() for word in (f"--{name}", str(value)))
    return [*script, "--dataset", str(reviews), "--output-dir", str(folder), *more]


@pytest.mark.slow
@pytest.mark.parametrize("options", [(), ("--ema-decay", "0.9", "--word-dropout", "0.1")])
def test_a_killed_run_resumes_to_the_same_adapter(tiny_base, tmp_path, options):
    reviews = write_csv(tmp_path / "reviews.csv", tiny_reviews(80))
    options = ("--epochs", "6", *options)
    subprocess.run(command(tmp_path / "whole", reviews, *options), check=True)
    killed = subprocess.Popen(command(tmp_path / "killed", reviews, *options), stderr=subprocess.DEVNULL)
    checkpoints = tmp_path / "killed" / "checkpoints"
    while last_complete_checkpoint(checkpoints) is None:
        assert killed.poll() is None, "it ended before it could be killed"
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    # What a kill within a save leaves behind: the highest number, and not all of it.
    (checkpoints / "checkpoint-9999").mkdir()
    (checkpoints / "checkpoint-9999" / "adapter_model.safetensors").write_bytes(b"half")
    subprocess.run(command(tmp_path / "killed", reviews, *options, "--resume"), check=True)
    whole, resumed = (load_file(tmp_path / name / "adapter_model.safetensors") for name in ("whole", "killed"))
    assert all((whole[key] == resumed[key]).all() for key in whole)


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
def test_a_full_disk_keeps_the_last_whole_checkpoint(tiny_base, tmp_path):
    reviews = write_csv(tmp_path / "reviews.csv", tiny_reviews(80))
    options = command(tmp_path / "full", reviews, "--epochs", "6")[2:]
    options = [word for word in options if word not in ("--output-dir", str(tmp_path / "full"))]
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path / "full"), *options], capture_output=True, text=True
    )
    assert done.returncode == 2, done.stderr[-2000:]
    assert "The last whole one is kept: make room, and go on with --resume." in done.stderr
    assert last_complete_checkpoint(tmp_path / "full" / "checkpoints")
    subprocess.run(command(tmp_path / "full", reviews, "--epochs", "6", "--resume"), check=True, capture_output=True)
    subprocess.run(command(tmp_path / "whole", reviews, "--epochs", "6"), check=True, capture_output=True)
    whole, resumed = (load_file(tmp_path / name / "adapter_model.safetensors") for name in ("whole", "full"))
    assert all((whole[key] == resumed[key]).all() for key in whole)


def test_a_loss_that_is_no_number_ends_the_run(train_tiny):
    with pytest.raises(SentimentError, match="The training loss is nan at step 10: lower --learning-rate"):
        train_tiny(learning_rate=1e30)


def test_progress_tells_speed_and_time_left(train_tiny):
    lines = []
    train_tiny(epochs=2, say=lines.append)
    epochs = [line for line in lines if "epoch" in line]
    assert len(epochs) == 2
    told = r"  epoch \d: validation accuracy \d+\.\d%, (loss \d\.\d{3}, )?\d+\.\d reviews/s, at most \d:\d\d:\d\d left"
    assert [line for line in epochs if not re.fullmatch(told, line)] == []


@pytest.mark.parametrize(
    ("least", "told"),
    [(9, ["epoch 1", "epoch 2", "epoch 3"]), (14, ["step 5 of 15", "step 10 of 15", "step 15 of 15"])],
)
def test_few_reviews_get_a_least_number_of_steps(train_tiny, least, told):
    """Forty-eight reviews in three epochs of three steps; more steps are as many parts."""
    lines = []
    train_tiny(rows=80, epochs=3, min_steps=least, patience=9, say=lines.append)
    assert [line.split(":")[0].strip() for line in lines if "validation accuracy" in line][:3] == told
    assert sum(f"Trained {told[-1].split()[-1] if least > 9 else 9} steps" in line for line in lines) == 1


def test_who_names_the_epochs_gets_those(tmp_path):
    (tmp_path / "mine.yaml").write_text("epochs: 2\nmin_steps: 50")
    recipe = {"recipe": str(tmp_path / "mine.yaml"), "dataset": "x", "output_dir": "y"}
    assert TrainArguments(**recipe).resolved().min_steps == 50
    assert TrainArguments(**recipe, epochs=3).resolved().min_steps == 0
    assert TrainArguments(**recipe, epochs=3, min_steps=9).resolved().min_steps == 9


def test_patience_waits_for_rare_labels(train_tiny, tmp_path):
    """Twelve rare labels, of which none reaches a score of 0.5 for more epochs than patience has."""
    words = random.Random(0).sample(sorted({word for row in tiny_reviews(50) for word in row["text"].split()}), 12)
    rows = [{"text": row["text"], "label": [w for w in words if w in row["text"].split()]} for row in tiny_reviews(300)]
    path = tmp_path / "reviews.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    lines = []
    train_tiny(dataset=str(path), learning_rate=1e-3, epochs=8, say=lines.append)
    told = [float(line.split("average precision ")[1].split("%")[0]) for line in lines if "epoch" in line]
    assert len(told) == 8 and told[-1] > told[0]


def test_validation_rows_of_one_class_are_refused(tiny_base, tmp_path):
    rows = [row | {"split": "train"} for row in tiny_reviews(40)]
    for name in ("validation", "test"):
        rows += [row | {"split": name, "label": "Positive"} for row in tiny_reviews(8, seed=len(name))]
    with pytest.raises(SentimentError, match="validation reviews of .* are Positive: no epoch can be chosen"):
        train(TrainArguments(dataset=str(write_csv(tmp_path / "rows.csv", rows)), output_dir=str(tmp_path / "out")))


@pytest.mark.slow
def test_two_processes_train_one_adapter(tiny_base, tmp_path):
    reviews = write_csv(tmp_path / "reviews.csv", tiny_reviews(80))
    launch = [sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2"]
    launch += ["--main_process_port", "0", "--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no"]
    words = command(tmp_path / "adapter", reviews, "--epochs", "2", "--use-cpu")[1:]
    done = subprocess.run([*launch, *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    # One adapter, announced once: a second process that thought itself alone would have said and written it again.
    assert done.stdout.count("Adapter: ") == 1
    # 48 reviews, 4 for each of two processes at a time: 6 steps an epoch.
    assert "Trained 12 steps" in done.stdout
    assert (tmp_path / "adapter" / "adapter_model.safetensors").exists()
