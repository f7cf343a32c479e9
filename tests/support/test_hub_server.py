"""The test Hub, used by the real client: these tests check what the other tests rely on."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import numpy as np
import pytest
from hub_server import HubServer
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, snapshot_download
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from safetensors.numpy import save

CARD = """---
license: apache-2.0
library_name: peft
pipeline_tag: text-classification
base_model: user/base
tags: [sentiment]
model-index:
- name: adapter
  results:
  - task: {type: text-classification}
    dataset: {type: imdb, name: IMDb}
    metrics: [{type: accuracy, value: 0.9}]
---
# An adapter
"""


@pytest.fixture
def api(hub):
    return HfApi(endpoint=hub.url, token="hf_test")


@pytest.fixture
def anyone(hub):
    return HfApi(endpoint=hub.url, token=False)


@pytest.fixture
def repo_id(request):
    """A repo for this test only, because the Hub is shared by the whole session."""
    return "user/" + re.sub(r"\W+", "-", request.node.name).strip("-")


@pytest.fixture
def folder(tmp_path) -> Path:
    """The output of training: weights, a card, a settings file in a subfolder."""
    folder = tmp_path / "adapter"
    (folder / "more").mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(weights(1))
    (folder / "README.md").write_text(CARD)
    (folder / "more" / "settings ünï.json").write_text("{}")
    return folder


def weights(seed: int) -> bytes:
    return save({"weight": np.random.default_rng(seed).normal(size=(64, 64))})


def contents(folder: Path | str) -> dict[str, bytes]:
    paths = (path for path in Path(folder).rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def published(api: HfApi, repo_id: str, folder: Path):
    api.create_repo(repo_id)
    return api.upload_folder(repo_id=repo_id, folder_path=folder, commit_message="Publish")


def puts(hub) -> list[str]:
    return [entry for entry in hub.requests if entry.startswith("PUT /storage/")]


def test_a_folder_published_in_one_commit_comes_back_byte_for_byte(hub, api, repo_id, folder, tmp_path):
    commit = published(api, repo_id, folder)
    assert [commit.title for commit in hub.commits(repo_id)] == ["Publish", "initial commit"]
    assert hub.commits(repo_id)[0].id == commit.oid
    assert len(puts(hub)) == 1

    copy = contents(snapshot_download(repo_id, endpoint=hub.url, token="hf_test", cache_dir=tmp_path / "cache"))
    assert copy.pop(".gitattributes")
    assert copy == contents(folder)
    assert hub.repo_files(repo_id).items() >= copy.items()


def test_large_files_are_pointers_in_git(hub, api, repo_id, folder):
    published(api, repo_id, folder)
    info = api.model_info(repo_id, files_metadata=True)
    files = {sibling.rfilename: sibling for sibling in info.siblings}
    assert files["model.safetensors"].lfs.size == files["model.safetensors"].size == len(weights(1))
    assert files["model.safetensors"].lfs.pointer_size < 200
    assert files["README.md"].lfs is None
    (listed,) = api.get_paths_info(repo_id, ["model.safetensors", "absent"])
    assert listed.lfs.sha256 == files["model.safetensors"].lfs.sha256
    assert listed.blob_id == files["model.safetensors"].blob_id


def test_a_file_over_the_threshold_goes_to_lfs_whatever_its_name(hub, api, repo_id):
    api.create_repo(repo_id)
    data = bytes(5 * 1024**2 + 1)
    api.upload_file(path_or_fileobj=data, path_in_repo="log.txt", repo_id=repo_id)
    assert len(puts(hub)) == 1
    assert hub.repo_files(repo_id)["log.txt"] == data


def test_the_card_shows_in_the_model_info(api, repo_id, folder):
    published(api, repo_id, folder)
    info = api.model_info(repo_id)
    assert (info.library_name, info.pipeline_tag) == ("peft", "text-classification")
    assert {"peft", "sentiment", "license:apache-2.0", "base_model:user/base"} <= set(info.tags)
    assert info.card_data.model_name == "adapter"
    assert info.card_data.eval_results[0].metric_value == 0.9


def test_a_tree_is_listed_by_folder_or_whole(api, repo_id, folder):
    published(api, repo_id, folder)
    top = [item.path for item in api.list_repo_tree(repo_id)]
    assert top == [".gitattributes", "README.md", "model.safetensors", "more"]
    below = [item.path for item in api.list_repo_tree(repo_id, "more")]
    assert below == ["more/settings ünï.json"]
    assert api.list_repo_files(repo_id) == [*top[:3], *below]
    with pytest.raises(EntryNotFoundError):
        list(api.list_repo_tree(repo_id, "absent"))


def test_an_unchanged_file_is_not_sent_again(hub, api, repo_id, folder):
    first = published(api, repo_id, folder)
    hub.requests.clear()
    again = api.upload_folder(repo_id=repo_id, folder_path=folder)
    assert again.oid == first.oid
    assert not puts(hub) and not any("/commit/" in entry for entry in hub.requests)

    (folder / "README.md").write_text(CARD + "More.\n")
    api.upload_folder(repo_id=repo_id, folder_path=folder)
    assert not puts(hub)
    assert len(hub.commits(repo_id)) == 3


def test_a_tag_keeps_its_version(hub, api, repo_id, folder, tmp_path):
    first = published(api, repo_id, folder)
    api.create_tag(repo_id, tag="v1.0", tag_message="The first")
    (folder / "model.safetensors").write_bytes(weights(2))
    api.upload_folder(repo_id=repo_id, folder_path=folder)

    assert api.model_info(repo_id, revision="v1.0").sha == first.oid
    path = api.hf_hub_download(repo_id, "model.safetensors", revision="v1.0", cache_dir=tmp_path / "cache")
    assert Path(path).read_bytes() == weights(1)
    assert hub.repo_files(repo_id)["model.safetensors"] == weights(2)
    with pytest.raises(HfHubHTTPError) as caught:
        api.create_tag(repo_id, tag="v1.0")
    assert caught.value.response.status_code == 409
    api.create_tag(repo_id, tag="v1.0", exist_ok=True)
    api.delete_tag(repo_id, tag="v1.0")
    assert api.list_repo_refs(repo_id).tags == []


def test_a_branch_with_a_slash_in_its_name(hub, api, repo_id, folder):
    published(api, repo_id, folder)
    api.create_branch(repo_id, branch="exp/a")
    api.upload_file(path_or_fileobj=b"x", path_in_repo="x.txt", repo_id=repo_id, revision="exp/a")
    assert "x.txt" in hub.repo_files(repo_id, "exp/a")
    assert "x.txt" not in hub.repo_files(repo_id)
    assert {branch.name for branch in api.list_repo_refs(repo_id).branches} == {"main", "exp/a"}
    api.delete_branch(repo_id, branch="exp/a")
    assert api.revision_exists(repo_id, "exp/a") is False


def test_a_pull_request_in_one_commit_leaves_main_alone_until_merged(hub, api, repo_id, folder, tmp_path):
    head = published(api, repo_id, folder).oid
    (folder / "model.safetensors").write_bytes(weights(2))
    pull = api.upload_folder(
        repo_id=repo_id, folder_path=folder, create_pr=True, commit_message="Better", parent_commit=head
    )
    assert (pull.pr_num, pull.pr_revision) == (1, "refs/pr/1")
    assert api.model_info(repo_id).sha == head
    path = api.hf_hub_download(repo_id, "model.safetensors", revision="refs/pr/1", cache_dir=tmp_path / "cache")
    assert Path(path).read_bytes() == weights(2)
    (listed,) = api.list_repo_refs(repo_id, include_pull_requests=True).pull_requests
    assert (listed.ref, listed.target_commit) == ("refs/pr/1", pull.oid)

    api.merge_pull_request(repo_id, 1)
    assert hub.repo_files(repo_id)["model.safetensors"] == weights(2)
    assert hub.commits(repo_id)[0].title == "Better (#1)"
    assert api.get_discussion_details(repo_id, 1).status == "merged"


def test_a_pull_request_opened_first_and_filled_later(hub, api, repo_id):
    api.create_repo(repo_id)
    pull = api.create_pull_request(repo_id, title="To be filled")
    assert (pull.num, pull.status, pull.is_pull_request) == (1, "draft", True)
    api.upload_file(path_or_fileobj=b"x", path_in_repo="x.txt", repo_id=repo_id, revision=pull.git_reference)
    assert hub.repo_files(repo_id, "refs/pr/1")["x.txt"] == b"x"
    assert "x.txt" not in hub.repo_files(repo_id)


def test_conflicting_pull_requests_are_not_merged(hub, api, repo_id):
    hub.add_commit(repo_id, {"x.txt": b"old"})
    api.upload_file(path_or_fileobj=b"mine", path_in_repo="x.txt", repo_id=repo_id, create_pr=True)
    hub.add_commit(repo_id, {"x.txt": b"theirs"})
    with pytest.raises(HfHubHTTPError, match="conflicts with main"):
        api.merge_pull_request(repo_id, 1)
    assert hub.repo_files(repo_id)["x.txt"] == b"theirs"


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


def test_a_repo_is_made_once_and_deleted(hub, api, repo_id):
    assert api.create_repo(repo_id) == f"{hub.url}/{repo_id}"
    with pytest.raises(HfHubHTTPError) as caught:
        api.create_repo(repo_id)
    assert caught.value.response.status_code == 409
    assert api.create_repo(repo_id, exist_ok=True).repo_id == repo_id
    api.delete_repo(repo_id)
    assert api.repo_exists(repo_id) is False
    with pytest.raises(RepositoryNotFoundError):
        api.delete_repo(repo_id)


def test_a_commit_on_an_old_parent_is_refused(hub, api, repo_id):
    old = hub.add_commit(repo_id, {"a.txt": b"a"})
    add = [CommitOperationAdd("b.txt", b"b")]
    api.create_commit(repo_id, add, commit_message="b", parent_commit=old)
    with pytest.raises(HfHubHTTPError) as caught:
        late = [CommitOperationAdd("c.txt", b"c")]
        api.create_commit(repo_id, late, commit_message="c", parent_commit=old)
    assert caught.value.response.status_code == 412
    assert "c.txt" not in hub.repo_files(repo_id)


def test_one_commit_adds_and_deletes(hub, api, repo_id):
    hub.add_commit(repo_id, {"old/a.txt": b"a", "old/b.bin": b"b", "gone.txt": b"c", "kept.txt": b"d"})
    operations = [
        CommitOperationDelete("old/"),
        CommitOperationDelete("gone.txt"),
        CommitOperationAdd("old", b"a file where a folder was"),
    ]
    api.create_commit(repo_id, operations, commit_message="Tidy", commit_description="At last.")
    assert set(hub.repo_files(repo_id)) == {".gitattributes", "kept.txt", "old"}
    listed = api.list_repo_commits(repo_id)[0]
    assert (listed.title, listed.message, listed.authors) == ("Tidy", "At last.", ["user"])


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
    answer = httpx2.head(f"{hub.url}/{repo_id}/resolve/main/model.bin")
    assert answer.status_code == 302
    assert answer.headers["x-linked-size"] == "7"
    assert answer.headers["location"].startswith("http://localhost:")
    assert httpx2.get(answer.headers["location"]).content == b"weights"
    token = {"Authorization": "Bearer hf_test"}
    assert httpx2.get(answer.headers["location"], headers=token).status_code == 400


def test_unknown_addresses_are_404(hub):
    assert httpx2.get(f"{hub.url}/api/agent-harnesses").status_code == 404


def test_a_dataset_loads_by_its_name(hub, api, tmp_path):
    datasets = pytest.importorskip("datasets")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "train.csv").write_text('text,label\n"good film",1\n"bad film",0\n')
    api.create_repo("user/reviews", repo_type="dataset", private=True)
    api.upload_folder(repo_id="user/reviews", folder_path=tmp_path / "data", repo_type="dataset")
    assert "train.csv" in hub.repo_files("user/reviews", repo_type="dataset")

    data = datasets.load_dataset("user/reviews", split="train", cache_dir=str(tmp_path / "cache"), token="hf_test")
    assert data.to_list() == [{"text": "good film", "label": 1}, {"text": "bad film", "label": 0}]


def test_parallel_uploads_each_get_their_commit(hub, api, repo_id):
    api.create_repo(repo_id)
    names = [f"{i}.txt" for i in range(6)]

    def add(name: str) -> None:
        api.upload_file(path_or_fileobj=b"x", path_in_repo=name, repo_id=repo_id)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(add, names))
    assert set(names) <= set(hub.repo_files(repo_id))
    assert len(hub.commits(repo_id)) == 7


def test_a_second_server_starts_and_stops_on_its_own(hub):
    with HubServer(tokens={"t": "someone"}) as second:
        assert second.url != hub.url
        assert HfApi(endpoint=second.url, token="t").whoami()["name"] == "someone"
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(second.url)
