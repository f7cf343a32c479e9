"""An adapter is whole or refused: a file that is missing, altered or added is named, by load and by publish."""

import json
import shutil

import pytest

import hf_sentiment
from hf_sentiment import SentimentError
from hf_sentiment.adapter.folder import DEFAULT_FOLDER, answer_files
from hf_sentiment.adapter.manifest import check_manifest, write_manifest
from hf_sentiment.hub import publish


@pytest.fixture
def copy(binary_adapter, tmp_path):
    return shutil.copytree(binary_adapter, tmp_path / "copy")


def refused(folder, message):
    with pytest.raises(SentimentError, match=message):
        hf_sentiment.load(folder)
    with pytest.raises(SentimentError, match=message):
        publish(folder, "user/never", dry_run=True)


def test_training_writes_it_and_the_shipped_adapter_has_it(binary_adapter):
    for folder in (binary_adapter, DEFAULT_FOLDER):
        listed = json.loads((folder / "manifest.json").read_text())["files"]
        assert set(listed) == {str(name) for name in answer_files(folder)} >= {"tokenizer.json", "adapter_config.json"}
        check_manifest(folder)


@pytest.mark.parametrize("name", ["adapter_model.safetensors", "tokenizer.json", "sentiment_config.json"])
def test_one_wrong_byte_is_named(copy, name):
    content = bytearray((copy / name).read_bytes())
    content[-2] ^= 1
    (copy / name).write_bytes(content)
    refused(copy, f"{name} is not the file that manifest.json lists: it was altered or is damaged")


def test_a_file_that_is_missing_or_added_is_named(copy):
    (copy / "added_tokens.json").write_text("{}")
    refused(copy, "has added_tokens.json, which its manifest.json does not list")
    (copy / "added_tokens.json").unlink()
    (copy / "tokenizer.json").unlink()
    refused(copy, "lacks tokenizer.json, which its manifest.json lists")


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "tokenizer.json/x"])
def test_it_names_no_file_elsewhere(copy, name):
    content = json.loads((copy / "manifest.json").read_text())
    content["files"][name] = {"size": 1, "sha256": "0"}
    (copy / "manifest.json").write_text(json.dumps(content))
    refused(copy, f"lacks {name}, which its manifest.json lists")


@pytest.mark.parametrize("content", ["[]", "{", '{"version": 2, "files": {}}', '{"version": 1, "files": []}'])
def test_a_manifest_that_cannot_be_read_is_refused(copy, content):
    (copy / "manifest.json").write_text(content)
    refused(copy, "manifest.json")


def test_the_card_and_the_report_may_change(copy):
    (copy / "README.md").write_text((copy / "README.md").read_text() + "\nMine.\n")
    hf_sentiment.load(copy)


def test_without_one_an_adapter_is_complete_by_what_its_tokenizer_needs(copy):
    (copy / "manifest.json").unlink()
    hf_sentiment.load(copy)
    (copy / "tokenizer.json").unlink()
    with pytest.raises(SentimentError, match=r"tokenizer of .* has no tokenizer.json"):
        hf_sentiment.load(copy)
    (copy / "tokenizer_config.json").rename(copy / "tokenizer.json")
    with pytest.raises(SentimentError, match="has a tokenizer.json and no tokenizer_config.json"):
        hf_sentiment.load(copy)


def test_it_can_be_written_again_after_a_change_on_purpose(copy):
    config = json.loads((copy / "sentiment_config.json").read_text())
    (copy / "sentiment_config.json").write_text(json.dumps(config | {"labels": ["Bad", "Good"]}))
    refused(copy, "if you changed it on purpose, remove manifest.json")
    write_manifest(copy)
    assert hf_sentiment.load(copy)("great")[0]["label"] in ("Bad", "Good")
