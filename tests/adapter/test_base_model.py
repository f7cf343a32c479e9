import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from huggingface_hub import scan_cache_dir
from tiny import save_tiny_base

from hf_sentiment import SentimentError
from hf_sentiment.adapter import embedded_base as embedded
from hf_sentiment.adapter.base_model import locate_base
from hf_sentiment.adapter.classifier import load_classifier
from hf_sentiment.core.config import SentimentConfig


def test_the_embedded_base_is_found_by_its_short_name_and_checked():
    base = locate_base("minilm")
    assert (base.id, base.source, base.revision) == (embedded.BASE_ID, "embedded", None)
    weights = (Path(base.path) / "model.safetensors").read_bytes()
    assert hashlib.sha256(weights).hexdigest() == base.sha256 == embedded.WEIGHTS_SHA256
    assert "path" not in base.record() and "embedded" in str(base)


def test_the_laid_snapshot_is_a_cache_that_huggingface_hub_understands(tmp_path):
    embedded.ensure_snapshot(tmp_path)
    info = scan_cache_dir(tmp_path)
    assert not info.warnings
    (repository,) = info.repos
    assert repository.repo_id == embedded.BASE_ID
    (revision,) = repository.revisions
    assert revision.refs == {"main"} and {file.file_name for file in revision.files} == set(embedded.FILES)


def test_laying_joins_what_the_cache_already_has(tmp_path):
    repository = tmp_path / "models--sentence-transformers--all-MiniLM-L6-v2"
    (repository / ".no_exist" / "abc").mkdir(parents=True)
    embedded.ensure_snapshot(tmp_path)
    assert (repository / "refs" / "main").read_text() == embedded.SNAPSHOT
    assert (repository / "snapshots" / embedded.SNAPSHOT / "model.safetensors").stat().st_size > 9e7


def test_a_damaged_embedded_base_in_the_cache_is_written_again(tmp_path):
    snapshot = embedded.ensure_snapshot(tmp_path) / "snapshots" / embedded.SNAPSHOT
    weights, vocabulary = (snapshot / "model.safetensors").resolve(), (snapshot / "vocab.txt").resolve()
    weights.write_bytes(weights.read_bytes()[:1000])
    vocabulary.unlink()
    embedded.ensure_snapshot(tmp_path)
    assert hashlib.sha256(weights.read_bytes()).hexdigest() == embedded.WEIGHTS_SHA256
    assert vocabulary.is_file() and sorted(path.name for path in snapshot.iterdir()) == sorted(embedded.FILES)


def test_weights_of_another_hash_are_refused(tmp_path, monkeypatch):
    package = tmp_path / "package"
    package.mkdir()
    for name in embedded.FILES:
        (package / name).write_bytes(b"{}")
    monkeypatch.setattr(embedded, "package_folder", lambda: package)
    with pytest.raises(SentimentError, match="have SHA-256 .* reinstall it"):
        embedded.ensure_snapshot(tmp_path / "cache")
    assert not any((tmp_path / "cache").iterdir())


def test_a_folder_the_hub_and_its_cache(hub, tmp_path):
    folder = save_tiny_base(tmp_path / "encoder")
    assert locate_base(str(folder), hub_id="me/encoder").id == "me/encoder"
    commit = hub.add_commit("user/located", {path.name: path.read_bytes() for path in folder.iterdir()})
    first = locate_base("user/located")
    assert (first.source, first.revision) == ("hub", commit)
    hub.requests.clear()
    assert locate_base("user/located").source == "cache" and hub.requests == []


def test_no_code_of_a_base_is_run(tmp_path):
    folder = save_tiny_base(tmp_path / "base")
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "strange", "auto_map": {"AutoConfig": "code.Config"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "code.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    with pytest.raises(SentimentError, match="has no readable config"):
        load_classifier(locate_base(str(folder)), SentimentConfig(["a", "b"]))
    assert not (tmp_path / "ran").exists()


def test_what_is_no_base_is_one_sentence(hub, tmp_path):
    hub.add_commit("user/pickled", {"config.json": b"{}", "pytorch_model.bin": b"\x80\x04"})
    cases = [
        ("user/pickled", {}, "no safetensors weights, and pickles are never opened"),
        ("user/no-such-base", {}, "There is no base 'user/no-such-base'"),
        ("user/pickled", {"revision": "v7"}, "The base user/pickled has no revision 'v7'"),
        ("not a name", {}, "neither a local folder nor a Hub repository"),
        (str(tmp_path), {}, "has no config.json"),
        ("user/elsewhere", {"local_files_only": True}, "not in the Hub cache"),
    ]
    for base, options, message in cases:
        with pytest.raises(SentimentError, match=message):
            locate_base(base, **options)
    assert not [request for request in hub.requests if request.endswith("pytorch_model.bin")]


LOAD = """
import sys
import hf_sentiment
from transformers import pipeline
classify = pipeline("sentiment-lora", model=sys.argv[1]) if sys.argv[1:] else pipeline("sentiment-lora")
print(classify("I loved this product!")[0]["label"])
"""


@pytest.mark.slow
@pytest.mark.parametrize("flag", [{}, {"HF_HUB_OFFLINE": "1"}])
@pytest.mark.parametrize("adapter", ["shipped", "folder"])
def test_the_embedded_base_needs_no_network_and_no_cache(tmp_path, flag, adapter):
    # A port that nobody listens on, and an empty home: as on a laptop in a train.
    dead = {k: v for k, v in os.environ.items() if k not in ("HF_HUB_OFFLINE", "HF_TOKEN")}
    dead |= {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": str(tmp_path / "home")} | flag
    words = []
    if adapter == "folder":
        import hf_sentiment

        hf_sentiment.load().save_pretrained(tmp_path / "adapter")
        words = [str(tmp_path / "adapter")]
    done = subprocess.run([sys.executable, "-c", LOAD, *words], env=dead, capture_output=True, text=True)
    assert done.stdout.startswith("Positive"), done.stderr[-2000:]
    # The Hub client's retries alone would take 23 seconds: what is looked at is whether there were any.
    assert "Retrying in" not in done.stderr


def test_a_switched_off_network_is_said_in_whole_words():
    with pytest.raises(SentimentError) as caught:
        locate_base("user/absent", local_files_only=True)
    assert str(caught.value) == (
        "The base user/absent is not in the Hub cache and could not be fetched (the Hub was not asked: HF_HUB_OFFLINE "
        "or local_files_only is set): go online once, or give a local folder as the base."
    )
