"""The test Hub, used by the real client: these tests check what the other tests rely on."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hub_adapter import CARD, contents, published, puts, weights
from hub_server import HubServer
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, snapshot_download
from huggingface_hub.errors import (
    EntryNotFoundError,
    HfHubHTTPError,
    RepositoryNotFoundError,
)

from hf_sentiment.compat.http import httpx


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


def test_a_dataset_loads_by_its_name(hub, api, repo_id, tmp_path):
    datasets = pytest.importorskip("datasets")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "train.csv").write_text('text,label\n"good film",1\n"bad film",0\n')
    api.create_repo(repo_id, repo_type="dataset", private=True)
    api.upload_folder(repo_id=repo_id, folder_path=tmp_path / "data", repo_type="dataset")
    assert "train.csv" in hub.repo_files(repo_id, repo_type="dataset")

    data = datasets.load_dataset(repo_id, split="train", cache_dir=str(tmp_path / "cache"), token="hf_test")
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
    with pytest.raises(httpx.ConnectError):
        httpx.get(second.url)
