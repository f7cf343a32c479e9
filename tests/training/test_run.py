import json
import random
import subprocess
import sys

import pytest
from safetensors.torch import load_file
from tiny import save_tiny_base, tiny_reviews, write_csv
from training_commands import train_command

from hf_sentiment import SentimentError
from hf_sentiment.adapter.folder import adapter_files
from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.training import TrainArguments, train


def test_a_tiny_encoder_learns_and_the_folder_is_complete(binary_adapter):
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


def test_a_run_that_ends_worse_than_a_baseline_says_so_everywhere(train_tiny):
    lines = []
    result = train_tiny(epochs=1, learning_rate=1e-9, fit_head="never", say=lines.append)
    paired = result.report.baseline["tfidf_logistic_regression"]["paired"]
    assert paired["difference"] < 0 and paired["differs"]
    card = (result.output_dir / "README.md").read_text()
    page = (result.output_dir / "evaluation" / "report.html").read_text()
    for text in ("\n".join(lines), card, page):
        assert "Worse than TF-IDF and logistic regression on the same test reviews: the accuracy is " in text
        assert "What to do: train on more labelled reviews; start from an adapter" in text


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


def test_what_the_card_would_refuse_is_refused_before_training(train_tiny):
    with pytest.raises(SentimentError, match="The card's licence is 'do what you want': give an identifier"):
        train_tiny(license="do what you want")


def test_a_local_base_needs_its_hub_id(train_tiny, tiny_base):
    with pytest.raises(SentimentError, match="--base-model-id"):
        train_tiny(base_model=tiny_base)


def test_an_unknown_target_lists_the_layers_there_are(train_tiny):
    with pytest.raises(SentimentError, match="attention.self.query, attention.self.value"):
        train_tiny(target_modules="q_lin")


def test_a_loss_that_is_not_finite_ends_the_run(train_tiny):
    with pytest.raises(SentimentError, match="The training loss is nan at step 10: lower --learning-rate"):
        train_tiny(learning_rate=1e30)


def test_patience_waits_for_rare_labels(train_tiny, tmp_path):
    """Twelve rare labels, of which none reaches a score of 0.5 for more epochs than patience has."""
    words = random.Random(0).sample(sorted({word for row in tiny_reviews(50) for word in row["text"].split()}), 12)
    rows = [{"text": row["text"], "label": [w for w in words if w in row["text"].split()]} for row in tiny_reviews(300)]
    path = tmp_path / "reviews.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    lines = []
    train_tiny(dataset=str(path), learning_rate=1e-3, epochs=8, fit_head="never", say=lines.append)
    told = [float(line.split("average precision ")[1].split(" %")[0]) for line in lines if "epoch" in line]
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
    words = train_command(tmp_path / "adapter", reviews, "--epochs", "2", "--use-cpu")[1:]
    done = subprocess.run([*launch, *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    # One adapter, announced once: a second process that thought itself alone would have said and written it again.
    assert done.stdout.count("Adapter: ") == 1
    # 48 reviews, 4 for each of two processes at a time: 6 steps an epoch.
    assert "Trained 12 steps" in done.stdout
    assert (tmp_path / "adapter" / "adapter_model.safetensors").exists()


def test_a_recipe_file_is_recorded_by_its_name(train_tiny, tmp_path):
    (tmp_path / "mine.yaml").write_text("epochs: 1\n")
    folder = train_tiny(recipe=str(tmp_path / "mine.yaml"), rows=60).output_dir
    config = SentimentConfig.load(folder)
    assert config.provenance["arguments"]["recipe"] == "mine.yaml"
    assert str(tmp_path / "mine.yaml") not in (folder / "sentiment_config.json").read_text()
