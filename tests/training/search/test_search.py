import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import optuna
import pytest
import yaml
from filelock import FileLock
from safetensors.torch import load_file
from tiny import tiny_reviews, write_csv

from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.errors import SentimentError
from hf_sentiment.training.search.arguments import SearchArguments
from hf_sentiment.training.search.search import search

SPACE = """
sampler: grid
options:
  learning_rate: [1.0e-2, 1.0e-5]
  batch_size: [8, 16]
fixed:
  epochs: 4
  patience: 9
"""
TPE = """
sampler: tpe
options:
  learning_rate: {low: 1e-4, high: 2.0e-2, log: true}
  lora_r: [2, 4]
  target_modules: [query, all-linear]
"""


@pytest.fixture
def options(tiny_base, tmp_path):
    """What all searches here have in common, as flags would say it."""
    (tmp_path / "grid.yaml").write_text(SPACE)
    (tmp_path / "tpe.yaml").write_text(TPE)
    return {
        "dataset": str(write_csv(tmp_path / "reviews.csv", tiny_reviews(200))),
        "base_model": "user/tiny-bert",
        "output_dir": str(tmp_path / "search"),
        "space": str(tmp_path / "grid.yaml"),
        "max_length": 48,
    }


def run(options, **changes):
    lines = []
    return search(SearchArguments(**(options | changes)), say=lines.append), "\n".join(lines)


def rows(folder):
    with (folder / "trials.csv").open() as file:
        return list(csv.DictReader(file))


def command(options, *more):
    flags = [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    return [sys.executable, "-m", "hf_sentiment.cli", "search", *flags, *more]


def test_the_winner_has_the_recipes_labels(options, tmp_path):
    (tmp_path / "mine.yaml").write_text("label_column: kind\nlabel_map: {Negative: Bad, Positive: Good}\nmax_steps: 1")
    (tmp_path / "grid.yaml").write_text("sampler: grid\noptions: {lora_r: [2]}")
    rows = [{"text": row["text"], "kind": row["label"], "label": "none"} for row in tiny_reviews(60)]
    reviews = str(write_csv(tmp_path / "kinds.csv", rows))
    result, _ = run(options, recipe=str(tmp_path / "mine.yaml"), dataset=reviews)
    assert SentimentConfig.load(result.winner.output_dir).labels == ["Bad", "Good"]


@pytest.mark.slow
def test_multi_label_trials_are_judged_by_average_precision(options, tmp_path):
    labels = {"Negative": ["late", "broken"], "Positive": ["cheap"]}
    made = [json.dumps(row | {"label": labels[row["label"]]}) for row in tiny_reviews(200)]
    (tmp_path / "several.jsonl").write_text("\n".join(made))
    result, said = run(options, dataset=str(tmp_path / "several.jsonl"))
    assert result.winner.validation_accuracy == result.best.accuracy > 0.9
    assert re.search(r"trial: .* validation average precision \d+\.\d %", said)
    assert list(rows(result.output_dir)[0])[3] == "validation average precision"


@pytest.mark.slow
def test_a_grid_is_tried_completely_and_its_best_recipe_trains_the_winner(options):
    result, said = run(options)
    assert [(t.settings["learning_rate"], t.settings["batch_size"]) for t in result.trials] == [
        (1e-2, 8),
        (1e-2, 16),
        (1e-5, 8),
        (1e-5, 16),
    ]
    accuracies = [trial.accuracy for trial in result.trials]
    assert result.best.accuracy == max(accuracies) > min(accuracies) and result.best.settings["learning_rate"] == 1e-2
    assert all(trial.epochs == 4 and trial.seconds > 0 and trial.reviews_per_second > 0 for trial in result.trials)
    # The winner, trained again, is the trial over again: the same best epoch.
    assert result.winner.validation_accuracy == result.best.accuracy
    recipe = yaml.safe_load((result.output_dir / "best.yaml").read_text())
    assert recipe["learning_rate"] == 1e-2 and recipe["epochs"] == 4 and recipe["max_length"] == 48
    assert [float(row["validation accuracy"]) for row in rows(result.output_dir)] == [round(a, 4) for a in accuracies]
    assert (result.output_dir / "trials.png").stat().st_size > 5000
    # Only the winner's numbers are of test rows, and they are said once.
    assert said.count("Accuracy before training") == 1
    stamp = (result.output_dir / "best" / "adapter_model.safetensors").stat().st_mtime_ns
    again, said = run(options, resume=True)
    assert again.winner is None and "4 are done" in said and "Nothing to do" in said
    assert (result.output_dir / "best" / "adapter_model.safetensors").stat().st_mtime_ns == stamp
    with pytest.raises(SentimentError, match="holds a search: --resume resumes it"):
        run(options)
    with pytest.raises(SentimentError, match="was started with another lora_r"):
        run(options, resume=True, lora_r=2)


def test_the_best_of_the_epochs_counts_and_not_the_last(options, tmp_path):
    """With a learning rate that ruins what was learnt, the last epoch is not the best."""
    space = tmp_path / "one.yaml"
    space.write_text("sampler: grid\noptions: {learning_rate: [3.0e-2]}\nfixed: {epochs: 4, patience: 9}\n")
    result, _ = run(options, space=str(space))
    storage = optuna.load_study(study_name="search", storage=f"sqlite:///{result.output_dir / 'trials.db'}")
    (trial,) = storage.trials
    assert trial.value == max(trial.user_attrs["history"]) and len(trial.user_attrs["history"]) == 4
    assert result.winner.validation_accuracy == trial.value


@pytest.mark.slow
def test_options_of_the_adapter_reach_the_trial(options, tmp_path):
    space = tmp_path / "rank.yaml"
    space.write_text(
        "sampler: grid\noptions: {lora_r: [1, 8], target_modules: [query, all-linear]}\nfixed: {epochs: 3}\n"
    )
    result, _ = run(options, space=str(space), learning_rate=1e-2, epochs=3)
    storage = optuna.load_study(study_name="search", storage=f"sqlite:///{result.output_dir / 'trials.db'}")
    assert len({trial.user_attrs["parameters"] for trial in storage.trials}) == 4
    assert result.winner.validation_accuracy == result.best.accuracy


@pytest.mark.slow
def test_tpe_draws_from_the_space_and_workers_share_one_study(options):
    result, _ = run(options, space=options["space"].replace("grid", "tpe"), trials=5, workers=2, epochs=1)
    assert len(result.trials) == 5 and {t.settings["lora_r"] for t in result.trials} <= {2, 4}
    assert all(1e-4 <= trial.settings["learning_rate"] <= 2e-2 for trial in result.trials)
    assert len({trial.settings["learning_rate"] for trial in result.trials}) == 5


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["grid", "tpe"])
def test_a_killed_search_resumes_to_the_same_adapter(options, tmp_path, kind):
    options |= {"space": str(tmp_path / f"{kind}.yaml"), "use_cpu": True}
    more = ["--trials", "4", "--epochs", "2"] if kind == "tpe" else []
    unbroken, broken = ({**options, "output_dir": tmp_path / name} for name in ("unbroken", "broken"))
    subprocess.run(command(unbroken, *more), check=True, capture_output=True)
    process = subprocess.Popen(command(broken, *more), stdout=subprocess.PIPE, text=True)
    # Killed while its second trial is under way.
    for line in process.stdout:
        if line.startswith("trial:"):
            break
    study = optuna.load_study(study_name="search", storage=f"sqlite:///{tmp_path / 'broken' / 'trials.db'}")
    while not study.get_trials(states=[optuna.trial.TrialState.RUNNING]):
        assert process.poll() is None, "it ended before it could be killed"
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    done = subprocess.run(command(broken, *more, "--resume"), check=True, capture_output=True, text=True)
    assert "4 trials" in done.stdout and "1 are done" in done.stdout
    names = [name for name in rows(tmp_path / "broken")[0] if name not in ("seconds", "reviews/s")]
    first, second = (
        [[row[name] for name in names] for row in rows(tmp_path / which)] for which in ("unbroken", "broken")
    )
    assert first == second
    whole, resumed = (load_file(tmp_path / w / "best" / "adapter_model.safetensors") for w in ("unbroken", "broken"))
    assert whole.keys() == resumed.keys()
    # Up to rounding: the head starts from an iterative solver.
    assert max((whole[key] - resumed[key]).abs().max().item() for key in whole) < 1e-4


@pytest.mark.slow
def test_workers_end_with_the_process_that_started_them(options):
    process = subprocess.Popen(command(options, "--workers", "2"), stdout=subprocess.PIPE, text=True)
    assert any(line.startswith("trial:") for line in process.stdout)
    children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True)
    pids = [int(word) for word in children.stdout.split()]
    assert len(pids) == 2
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + 20
    while any(_runs(pid) for pid in pids):
        assert time.monotonic() < deadline, "a worker outlived its parent"
        time.sleep(0.1)


def _runs(pid: int) -> bool:
    try:
        return open(f"/proc/{pid}/stat").read().split()[2] != "Z"
    except FileNotFoundError:
        return False


def test_mistakes_of_a_search_are_named(options, tmp_path):
    (tmp_path / "search").mkdir()
    with FileLock(tmp_path / "search" / ".lock"), pytest.raises(SentimentError, match="Another search is running"):
        run(options)
    with pytest.raises(SentimentError, match="A grid tries all"):
        run(options, trials=3)
    with pytest.raises(SentimentError, match="no search space 'none'"):
        run(options, space="none")


def test_a_failed_trial_is_in_the_table_and_the_others_are_run(options, tmp_path):
    space = tmp_path / "one.yaml"
    space.write_text("sampler: grid\noptions: {target_modules: [nothing, query]}\nfixed: {epochs: 1}\n")
    result, said = run(options, space=str(space))
    assert [trial.accuracy is None for trial in result.trials] == [True, False]
    assert "names no linear layer" in result.trials[0].reason and "names no linear layer" in said
    assert json.loads((result.output_dir / "search.json").read_text())["told"]["space"]["options"]
    assert rows(result.output_dir)[0]["validation accuracy"] == "failed"


@pytest.mark.parametrize("content", ["", "{}", '{"told": 1, "arguments": {}}'])
def test_a_folder_with_another_search_json_is_refused(options, content):
    folder = Path(options["output_dir"])
    folder.mkdir(parents=True)
    (folder / "search.json").write_text(content)
    with pytest.raises(SentimentError, match="is not empty, and holds no search"):
        run(options, resume=True)
    assert (folder / "search.json").read_text() == content
