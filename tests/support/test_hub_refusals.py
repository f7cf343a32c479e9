"""What the test Hub refuses, and how it fails when it is told to, as the real client sees it."""

from pathlib import Path

import pytest
from hub_adapter import published, puts, weights
from huggingface_hub import CommitOperationAdd, HfApi
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from hf_sentiment.compat.http import httpx


def test_a_private_repo_is_invisible_without_its_owners_token(hub, api, anyone, repo_id, monkeypatch):
    api.create_repo(repo_id, private=True)
    assert api.model_info(repo_id).private is True
    assert anyone.repo_exists(repo_id) is False
    monkeypatch.setitem(hub.tokens, "hf_other", "other")
    for stranger in (anyone, HfApi(endpoint=hub.url, token="hf_other")):
        with pytest.raises(RepositoryNotFoundError):
            stranger.model_info(repo_id)
        with pytest.raises(RepositoryNotFoundError):
            stranger.hf_hub_download(repo_id, ".gitattributes")
    api.update_repo_settings(repo_id, private=False)
    assert anyone.repo_exists(repo_id) is True


def test_a_gated_repo_shows_its_info_and_keeps_its_files(hub, api, anyone, repo_id, tmp_path):
    hub.add_commit(repo_id, {"config.json": b"{}"})
    api.update_repo_settings(repo_id, gated="manual")
    assert anyone.model_info(repo_id).gated == "manual"
    with pytest.raises(GatedRepoError):
        anyone.hf_hub_download(repo_id, "config.json", cache_dir=tmp_path)
    assert api.hf_hub_download(repo_id, "config.json", cache_dir=tmp_path)


def test_what_is_missing_has_the_clients_own_error(api, repo_id, folder, tmp_path):
    published(api, repo_id, folder)
    cache = tmp_path / "cache"
    with pytest.raises(EntryNotFoundError):
        api.hf_hub_download(repo_id, "absent.json", cache_dir=cache)
    assert list(cache.glob("*/.no_exist/*/absent.json"))
    with pytest.raises(RevisionNotFoundError):
        api.hf_hub_download(repo_id, "README.md", revision="v9", cache_dir=cache)
    with pytest.raises(RevisionNotFoundError):
        api.model_info(repo_id, revision="0" * 40)
    with pytest.raises(RepositoryNotFoundError):
        api.model_info("user/absent")
    with pytest.raises(RepositoryNotFoundError):
        api.dataset_info(repo_id)
    with pytest.raises(EntryNotFoundError):
        api.delete_file("absent.json", repo_id)


def test_writing_needs_a_known_token_and_ones_own_namespace(hub, api, anyone, repo_id, monkeypatch):
    stranger = HfApi(endpoint=hub.url, token="hf_wrong")
    for call in (stranger.whoami, lambda: stranger.create_repo(repo_id), lambda: anyone.create_repo(repo_id)):
        with pytest.raises(HfHubHTTPError) as caught:
            call()
        assert caught.value.response.status_code == 401
    assert api.whoami()["name"] == "user"

    api.create_repo(repo_id)
    add = {"path_or_fileobj": b"x", "path_in_repo": "x.txt", "repo_id": repo_id}
    with pytest.raises(RepositoryNotFoundError) as caught:
        anyone.upload_file(**add)
    assert caught.value.response.status_code == 401
    with pytest.raises(HfHubHTTPError, match="Invalid credentials"):
        stranger.upload_file(**add)

    monkeypatch.setitem(hub.tokens, "hf_other", "other")
    other = HfApi(endpoint=hub.url, token="hf_other")
    large = add | {"path_or_fileobj": weights(1), "path_in_repo": "x.safetensors"}
    for call in (lambda: other.upload_file(**large), lambda: other.delete_repo(repo_id)):
        with pytest.raises(HfHubHTTPError) as caught:
            call()
        assert caught.value.response.status_code == 403
    assert not puts(hub)
    with pytest.raises(HfHubHTTPError):
        other.create_repo("user/not-mine")
    assert other.upload_file(**add, create_pr=True).pr_revision == "refs/pr/1"


def test_a_commit_on_an_old_parent_is_refused(hub, api, repo_id):
    old = hub.add_commit(repo_id, {"a.txt": b"a"})
    add = [CommitOperationAdd("b.txt", b"b")]
    api.create_commit(repo_id, add, commit_message="b", parent_commit=old)
    with pytest.raises(HfHubHTTPError) as caught:
        late = [CommitOperationAdd("c.txt", b"c")]
        api.create_commit(repo_id, late, commit_message="c", parent_commit=old)
    assert caught.value.response.status_code == 412
    assert "c.txt" not in hub.repo_files(repo_id)


@pytest.mark.parametrize(
    ("metadata", "problem"),
    [
        ("- a\n- list", "must be a mapping"),
        ("license: [unclosed", "does not parse"),
        ("license: mit\nlicense: mit", "duplicated mapping key"),
        ("license: Apache License 2.0", "licence identifier"),
        ("language: no", '"language" must be a string'),
        ("model-index: {name: x}", '"model-index" must be a list'),
        ("model-index: [{name: x, results: [{task: {type: y}, metrics: []}]}]", "dataset.name"),
    ],
)
def test_a_card_with_bad_metadata_is_refused(hub, api, folder, metadata, problem):
    hub.add_commit("user/bad-card", {"x.txt": b"x"})
    (folder / "README.md").write_text(f"---\n{metadata}\n---\n# Bad\n")
    with pytest.raises(ValueError, match=problem):
        api.upload_folder(repo_id="user/bad-card", folder_path=folder)
    assert set(hub.repo_files("user/bad-card")) == {".gitattributes", "x.txt"}


def test_a_card_without_metadata_gets_a_warning(api, repo_id):
    api.create_repo(repo_id)
    with pytest.warns(UserWarning, match="empty or missing yaml metadata"):
        api.upload_file(path_or_fileobj=b"# Bare", path_in_repo="README.md", repo_id=repo_id)


def test_a_failed_lfs_upload_is_tried_again(hub, api, repo_id, folder):
    api.create_repo(repo_id)
    hub.faults.fail("PUT", r"/storage/models/user/.*", 503, times=1)
    api.upload_folder(repo_id=repo_id, folder_path=folder)
    assert len(puts(hub)) == 2
    assert hub.repo_files(repo_id)["model.safetensors"] == weights(1)


def test_a_fault_can_wait_and_carry_headers(hub, api, repo_id):
    api.create_repo(repo_id)
    hub.faults.fail("GET", f"/api/models/{repo_id}$", 403, after=1, headers={"X-Error-Message": "On purpose"})
    assert api.model_info(repo_id)
    with pytest.raises(HfHubHTTPError, match="On purpose"):
        api.model_info(repo_id)
    assert api.model_info(repo_id)


def test_a_failed_head_falls_back_to_the_cache(hub, api, repo_id, tmp_path):
    hub.add_commit(repo_id, {"config.json": b"{}"})
    path = api.hf_hub_download(repo_id, "config.json", cache_dir=tmp_path)
    hub.add_commit(repo_id, {"config.json": b'{"newer": true}'})
    hub.faults.fail("HEAD", "/config.json$", 500)
    assert api.hf_hub_download(repo_id, "config.json", cache_dir=tmp_path) == path
    newer = api.hf_hub_download(repo_id, "config.json", cache_dir=tmp_path)
    assert Path(newer).read_bytes() == b'{"newer": true}'


def test_the_storage_is_another_origin_and_refuses_a_token(hub, repo_id):
    hub.add_commit(repo_id, {"model.bin": b"weights"})
    answer = httpx.head(f"{hub.url}/{repo_id}/resolve/main/model.bin")
    assert answer.status_code == 302
    assert answer.headers["x-linked-size"] == "7"
    assert answer.headers["location"].startswith("http://localhost:")
    assert httpx.get(answer.headers["location"]).content == b"weights"
    token = {"Authorization": "Bearer hf_test"}
    assert httpx.get(answer.headers["location"], headers=token).status_code == 400


def test_unknown_addresses_are_404(hub):
    assert httpx.get(f"{hub.url}/api/agent-harnesses").status_code == 404
