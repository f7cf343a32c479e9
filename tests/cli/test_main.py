import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from altered import change_config
from tiny import tiny_reviews, write_csv

from hf_sentiment.cli import main


def test_predict_arguments_and_json(capsys, binary_adapter):
    assert main(["predict", "great lovely happy", "awful broken useless", "--adapter", str(binary_adapter)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["Positive", "Negative"]
    assert main(["predict", "great lovely happy", "--adapter", str(binary_adapter), "--json"]) == 0
    (answer,) = json.loads(capsys.readouterr().out)
    assert answer["label"] == "Positive" and 0.5 < answer["score"] <= 1


def test_predict_answers_each_piped_line(binary_adapter):
    command = [sys.executable, "-m", "hf_sentiment.cli", "predict", "--adapter", str(binary_adapter)]
    talk = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    # The first answer is there before the second review is: nothing waits for the end of the input.
    for text, label in (("great lovely happy", "Positive"), ("awful broken useless", "Negative")):
        talk.stdin.write(f"{text}\n\n")
        talk.stdin.flush()
        assert talk.stdout.readline().startswith(label)
    talk.stdin.close()
    assert talk.wait() == 0


def test_predict_asks_at_a_terminal(binary_adapter):
    command = [sys.executable, "-m", "hf_sentiment.cli", "predict", "--adapter", str(binary_adapter)]
    parent, child = os.openpty()
    talk = subprocess.Popen(command, stdin=child, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    os.write(parent, b"great lovely happy\n\n")
    assert "Positive" in talk.communicate()[0]
    assert talk.returncode == 0


def test_evaluate_prints_a_table_or_one_document(tmp_path, capsys, binary_adapter):
    path = str(write_csv(tmp_path / "r.csv", tiny_reviews(40, seed=6)))
    assert main(["evaluate", str(binary_adapter), "--dataset", path]) == 0
    assert "95 % interval" in capsys.readouterr().out
    assert main(["evaluate", str(binary_adapter), "--dataset", path, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == 40


def test_evaluate_writes_the_report_with_the_slices_that_were_asked_for(tmp_path, capsys, binary_adapter):
    rows = [row | {"shop": "north" if place < 40 else "south"} for place, row in enumerate(tiny_reviews(80, seed=6))]
    adapter = shutil.copytree(binary_adapter, tmp_path / "adapter")
    # So few validation rows do not always support a threshold.
    given = [{"target_error": 0.1, "threshold": 0.8}]
    change_config(adapter, abstention=given)
    words = ["evaluate", str(adapter), "--dataset", str(write_csv(tmp_path / "r.csv", rows))]
    words += ["--slice-column", "shop", "--slice-column", "label", "--no-texts", "--output-dir", str(tmp_path / "out")]
    assert main(words) == 0
    table = capsys.readouterr().out
    assert "shop: north" in table and "calibration error" in table and " % undecided" in table
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert {"shop: south", "label: Negative"} <= {each["name"] for each in report["slices"]}
    assert report["leaked"] == report["duplicates"] == 0
    assert not any("text" in each for each in report["mistakes"])
    assert main([*words[:4], "--slice-column", "mall"]) == 2
    assert "no slice column 'mall'; it has title, text, label, shop" in capsys.readouterr().err


def test_publish_dry_run_prints_one_document(capsys, binary_adapter):
    assert main(["publish", str(binary_adapter), "user/dry", "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["commit"] is None


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["train", "--dataset", "nowhere.csv", "--output-dir", "x"], "no file or folder nowhere.csv"),
        (["train", "--dataset", "demo"], "train needs --output-dir"),
        (["evaluate", "user/none", "--dataset", "demo"], "There is no adapter 'user/none'"),
        (["predict", "x", "--adapter", "no/such"], "There is no adapter 'no/such'"),
        (["predict", "x", "--input", "a.csv"], "--input and --output must be given together"),
        (["publish", "nowhere", "user/x"], "There is no adapter folder nowhere"),
    ],
)
def test_what_the_user_can_mend_is_one_line_and_status_2(words, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    error = capsys.readouterr().err.strip().splitlines()
    assert message in error[-1] and "Traceback" not in "".join(error)


def test_debug_shows_the_traceback(tmp_path):
    command = [sys.executable, "-m", "hf_sentiment.cli", "--debug", "publish", "nowhere", "user/x"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert "Traceback" in done.stderr and "SentimentError: There is no adapter folder nowhere" in done.stderr


def test_train_takes_one_yaml_file(tmp_path, tiny_base, capsys):
    reviews = write_csv(tmp_path / "reviews.csv", tiny_reviews(60))
    options = {"dataset": str(reviews), "output_dir": str(tmp_path / "adapter"), "base_model": "user/tiny-bert"}
    options |= {"max_steps": 2, "bf16": False, "target_modules": ["query", "value"], "max_length": 32}
    (tmp_path / "run.yaml").write_text(json.dumps(options))
    assert main(["train", str(tmp_path / "run.yaml")]) == 0
    said = capsys.readouterr().out
    assert "Trained 2 steps" in said
    assert (tmp_path / "adapter" / "README.md").exists()
    # The errors of the test rows have their texts here, and not in what may be published.
    (errors,) = re.findall(r"row \d+: \w+ predicted as \w+ \(0\.\d+\)  (.+)", said)[:1]
    assert errors in reviews.read_text()
    assert errors not in (tmp_path / "adapter" / "evaluation" / "report.json").read_text()
    assert said.splitlines()[-4] == "Next:"
    assert said.splitlines()[-1] == f"  hf-sentiment publish {tmp_path / 'adapter'} USER/NAME"


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert all(name in text for name in ("train", "evaluate", "compare", "predict", "publish", "app"))
