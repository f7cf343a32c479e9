"""A publication replaces the commit that was read, and the earlier publication whole."""

import pytest
from huggingface_hub import HfApi, ModelCard

from hf_sentiment import SentimentError
from hf_sentiment.hub import publish
from hf_sentiment.hub.commit import leftovers
from hf_sentiment.hub.publish_error import Outcome, PublishError

TOKEN = "hf_test"


def test_files_of_an_earlier_publication_are_deleted_and_those_of_others_stay(hub, binary_adapter, three_class_adapter):
    publish(binary_adapter, "user/earlier", token=TOKEN)
    theirs = {"notes.md": b"mine", "evaluation/mine.png": b"x", "data/reviews.json": b"[]"}
    ours = {"vocab.txt": b"old", "config.json": b"{}", "model.safetensors": b"old", "evaluation/slices.png": b"old"}
    hub.add_commit("user/earlier", theirs | ours)
    files = publish(three_class_adapter, "user/earlier", token=TOKEN).files
    assert set(hub.repo_files("user/earlier")) == {*files, *theirs, ".gitattributes"}


def test_a_merged_model_replaces_what_its_branch_inherits(hub, binary_adapter):
    publish(binary_adapter, "user/both", token=TOKEN)
    result = publish(binary_adapter, "user/both", token=TOKEN, merged=True)
    assert set(hub.repo_files("user/both", "merged")) == {*result.files, ".gitattributes"}


def test_an_adapter_is_not_put_beside_the_model_of_somebody(hub, binary_adapter):
    before = {"config.json": b"{}", "model.safetensors": b"theirs"}
    hub.add_commit("user/theirs", before)
    with pytest.raises(SentimentError, match=r"holds a whole model .* publish to another repository"):
        publish(binary_adapter, "user/theirs", token=TOKEN)
    assert before.items() <= hub.repo_files("user/theirs").items()


def test_nothing_of_a_repository_without_a_publication_is_deleted():
    assert leftovers(["vocab.txt", "README.md"], "# A card of somebody", ["README.md"]) == []


def test_an_edit_between_reading_and_committing_is_kept(hub, binary_adapter, monkeypatch):
    publish(binary_adapter, "user/edited", token=TOKEN)
    # Publish something else, or nothing would be committed.
    hub.add_commit("user/edited", {"training_rows.txt": b"old"})
    create_commit, others = HfApi.create_commit, []

    def somebody_is_first(api, *args, **options):
        if not others:
            card = hub.repo_files("user/edited")["README.md"].decode()
            others.append(hub.add_commit("user/edited", {"README.md": (card + "\n## Mine\n\nKeep this.\n").encode()}))
        return create_commit(api, *args, **options)

    monkeypatch.setattr(HfApi, "create_commit", somebody_is_first)
    publish(binary_adapter, "user/edited", token=TOKEN)
    assert "Keep this." in ModelCard(hub.repo_files("user/edited")["README.md"].decode()).content
    assert hub.commits("user/edited")[1].id == others[0]


def test_what_is_there_already_is_the_publication_though_another_one_follows(hub, binary_adapter, monkeypatch):
    first = publish(binary_adapter, "user/followed", token=TOKEN).commit
    list_repo_tree, others = HfApi.list_repo_tree, []

    def somebody_follows(api, *args, **options):
        entries = list(list_repo_tree(api, *args, **options))
        if not others:
            others.append(hub.add_commit("user/followed", {"README.md": b"# theirs\n"}))
        return entries

    monkeypatch.setattr(HfApi, "list_repo_tree", somebody_follows)
    assert publish(binary_adapter, "user/followed", token=TOKEN).commit == first
    assert hub.commits("user/followed")[0].id == others[0]


def test_a_commit_that_the_hub_took_without_saying_so_is_found(hub, binary_adapter):
    hub.faults.fail_afterwards("POST", "/commit/", 500)
    result = publish(binary_adapter, "user/silent", token=TOKEN)
    assert result.commit == hub.commits("user/silent")[0].id
    assert len(hub.commits("user/silent")) == 2


def test_a_commit_that_was_taken_is_not_said_to_be_missing_when_the_next_attempt_fails(hub, binary_adapter):
    hub.add_commit("user/taken", {"notes.md": b"mine"})
    hub.faults.fail_afterwards("POST", "/commit/", 500)
    hub.faults.fail("GET", "/tree/", 403, after=1)
    with pytest.raises(PublishError, match="did not say whether user/taken was published") as caught:
        publish(binary_adapter, "user/taken", token=TOKEN)
    assert caught.value.outcome == Outcome.UNKNOWN
    assert "adapter_config.json" in hub.repo_files("user/taken")


def test_what_a_failed_publication_left_is_said(hub, binary_adapter):
    def failure(repo_id: str, match: str, **options) -> PublishError:
        with pytest.raises(PublishError, match=match) as caught:
            publish(binary_adapter, repo_id, token=TOKEN, **options)
        return caught.value

    hub.faults.fail("POST", "/commit/", 429, times=9, headers={"Retry-After": "4000"})
    assert (
        failure("user/left", "Nothing was published to user/left .*: try again in 4000 s").outcome == Outcome.UNCHANGED
    )
    hub.faults.clear()
    hub.faults.fail("POST", "/commit/", 413)
    assert failure("user/left", "user/left was not published: .*413").outcome == Outcome.REFUSED
    hub.faults.fail("POST", "/tag/", 403)
    error = failure("user/left", "was published as commit .*, but its tag failed", tag="v1")
    assert (error.outcome, error.commit) == (Outcome.PUBLISHED, hub.commits("user/left")[0].id)
    # Publishing again sets the tag, and commits nothing.
    assert publish(binary_adapter, "user/left", token=TOKEN, tag="v1").commit == error.commit
    hub.faults.corrupt("GET", "/storage/", times=9)
    error = failure(
        "user/left", "but its check failed .*the Hub returns another adapter_model.safetensors than was sent"
    )
    assert error.outcome == Outcome.PUBLISHED


def test_a_pull_request_that_may_be_open_is_not_opened_twice(hub, binary_adapter):
    hub.add_commit("user/pulled", {"README.md": b"# mine\n"})
    hub.faults.fail_afterwards("POST", "/commit/", 500)
    with pytest.raises(PublishError, match="did not say whether user/pulled was published") as caught:
        publish(binary_adapter, "user/pulled", token=TOKEN, create_pr=True)
    assert caught.value.outcome == Outcome.UNKNOWN
    assert sum(request.startswith("POST") and "/commit/" in request for request in hub.requests) == 1


def test_a_hub_that_never_answers_is_given_up(hub, binary_adapter):
    hub.faults.hang("POST", "/commit/", times=9)
    with pytest.raises(PublishError, match="Nothing was published to user/hanging"):
        publish(binary_adapter, "user/hanging", token=TOKEN, timeout=3)


def test_an_answer_that_lacks_a_field_is_a_sentence(hub, binary_adapter):
    hub.faults.fail("POST", "/repos/create", 409, times=9)
    with pytest.raises(
        PublishError, match=r"Nothing was published to user/lacking \(its answer lacks 'url'\): try again"
    ):
        publish(binary_adapter, "user/lacking", token=TOKEN)


def test_a_failed_upload_is_a_sentence(hub, binary_adapter):
    hub.faults.fail("PUT", "/storage/", 403, times=9)
    with pytest.raises(PublishError, match="user/upload was not published: .*403"):
        publish(binary_adapter, "user/upload", token=TOKEN)


def test_an_answer_to_the_commit_that_cannot_be_read_is_asked_for_again(hub, binary_adapter):
    hub.faults.corrupt("POST", "/commit/")
    result = publish(binary_adapter, "user/garbled", token=TOKEN)
    assert result.commit == hub.commits("user/garbled")[0].id and len(hub.commits("user/garbled")) == 2
