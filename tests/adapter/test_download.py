"""A repository is fetched whole, from the files that are safe, or the error says why not."""

import json
from pathlib import Path

import pytest
from hub_adapter import contents

from hf_sentiment import SentimentError
from hf_sentiment.adapter import download, folder
from hf_sentiment.adapter.folder import find_adapter
from hf_sentiment.adapter.loading import load_adapter


@pytest.fixture
def put(hub, binary_adapter, tmp_path, monkeypatch):
    """Puts the tiny adapter, and other files, on the test Hub; an empty cache."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(download, "PAUSES", (0.1, 0.1))

    def put(repo_id: str, **files: bytes) -> str:
        hub.add_commit(repo_id, contents(binary_adapter) | files)
        hub.requests.clear()
        return repo_id

    return put


def test_only_files_of_an_adapter_are_fetched(hub, put, binary_adapter):
    repo_id = put("user/more", **{"code.py": b"x", "notes.txt": b"x", "other.safetensors": b"x", "pickle.bin": b"x"})
    fetched = {path.name for path in find_adapter(repo_id).iterdir()}
    assert fetched == {path.name for path in Path(binary_adapter).iterdir() if path.is_file()}


def test_the_config_is_read_before_the_weights_are_fetched(hub, put, binary_adapter):
    config = json.loads((Path(binary_adapter) / "adapter_config.json").read_text()) | {"r": 10**6}
    repo_id = put("user/huge-rank", **{"adapter_config.json": json.dumps(config).encode()})
    with pytest.raises(SentimentError, match="r is 1000000"):
        find_adapter(repo_id)
    assert not any("safetensors" in request for request in hub.requests)


def test_a_repository_without_an_adapter_is_not_fetched(hub):
    hub.add_commit("user/no-adapter", {"model.safetensors": b"x" * 100})
    with pytest.raises(SentimentError, match="user/no-adapter has no adapter_config.json: it is not an adapter"):
        find_adapter("user/no-adapter")
    assert not any("safetensors" in request for request in hub.requests)


def test_a_repository_that_is_too_large_is_not_fetched(hub, put, monkeypatch):
    monkeypatch.setattr(folder, "LARGEST", 10_000)
    with pytest.raises(SentimentError, match="has 0.0 GB, and at most .* hf download user/large --local-dir DIR"):
        find_adapter(put("user/large"))
    assert not any("safetensors" in request for request in hub.requests)


@pytest.mark.parametrize("fault", ["corrupt", "cut"])
def test_wrong_bytes_are_thrown_away_and_fetched_once_more(hub, put, binary_adapter, fault):
    repo_id = put(f"user/{fault}-once")
    getattr(hub.faults, fault)("GET", "/storage/")
    fetched = find_adapter(repo_id)
    assert (fetched / "adapter_model.safetensors").read_bytes() == contents(binary_adapter)["adapter_model.safetensors"]


def test_bytes_that_are_wrong_twice_are_refused(hub, put):
    repo_id = put("user/wrong-twice")
    hub.faults.corrupt("GET", "/storage/", times=9)
    with pytest.raises(SentimentError, match="sent adapter_model.safetensors of the adapter user/wrong-twice twice"):
        find_adapter(repo_id)


def test_a_damaged_file_in_the_cache_is_fetched_again(hub, put, binary_adapter):
    repo_id = put("user/cached")
    weights = find_adapter(repo_id) / "adapter_model.safetensors"
    whole = weights.read_bytes()
    weights.resolve().write_bytes(whole[:-1] + b"?")
    assert (find_adapter(repo_id) / "adapter_model.safetensors").read_bytes() == whole
    assert load_adapter(find_adapter(repo_id)).config.labels == ["Negative", "Positive"]


def test_the_cache_answers_for_a_hub_that_does_not(hub, put):
    repo_id = put("user/kept")
    fetched = find_adapter(repo_id)
    for fault in (hub.faults.fail, hub.faults.hang):
        options = {"status": 503} if fault == hub.faults.fail else {}
        fault("GET", "/api/models/user/kept", times=1, **options)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(download, "SECONDS_PER_ANSWER", 0.5)
            assert find_adapter(repo_id) == fetched


def test_trying_again_is_advised_where_it_helps(hub, put):
    repo_id = put("user/busy")
    hub.faults.fail("GET", "/tree/", 503, times=99)
    with pytest.raises(SentimentError, match=r"could not be fetched \(.*503.*\): try again in a while, or"):
        find_adapter(repo_id)


def test_a_part_of_an_adapter_is_not_taken_for_the_whole(hub, put):
    repo_id = put("user/part")
    hub.faults.fail("GET", "/revision/", 401, times=99)
    with pytest.raises(SentimentError, match="the Hub did not send .*: try again in a while"):
        find_adapter(repo_id)
