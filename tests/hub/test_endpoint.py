"""A repository published for Inference Endpoints: its handler, loaded as Hugging Face's toolkit loads it."""

import importlib.util
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from huggingface_hub import snapshot_download
from tiny import tiny_reviews

import hf_sentiment
from hf_sentiment import SentimentError
from hf_sentiment.hub import publish
from hf_sentiment.hub.commit import leftovers
from hf_sentiment.hub.endpoint import ENDPOINT_FILES, endpoint_files

TOKEN = "hf_test"
REVIEWS = [row["text"] for row in tiny_reviews(6, seed=9)]
# What training and reports need, and answering does not.
NOT_INSTALLED = ("datasets", "evaluate", "sklearn", "scipy", "matplotlib", "jinja2", "pandas")
SERVER = f"""
import importlib.util, json, sys
sys.modules |= dict.fromkeys({NOT_INSTALLED})
folder, *reviews = sys.argv[1:]
spec = importlib.util.spec_from_file_location("handler.EndpointHandler", folder + "/handler.py")
handler = importlib.util.module_from_spec(spec)
spec.loader.exec_module(handler)
answers = handler.EndpointHandler(folder)({{"inputs": reviews}})
import hf_sentiment
print(json.dumps([hf_sentiment.__file__, answers]))
"""


@pytest.fixture(scope="module")
def repository(hub, binary_adapter, tmp_path_factory) -> str:
    publish(binary_adapter, "user/served", token=TOKEN, endpoint=True)
    return snapshot_download("user/served", local_dir=tmp_path_factory.mktemp("repository"))


@pytest.fixture
def handler(repository, monkeypatch):
    # As huggingface_inference_toolkit.utils.check_and_register_custom_pipeline_from_directory does it.
    spec = importlib.util.spec_from_file_location("handler.EndpointHandler", Path(repository) / "handler.py")
    monkeypatch.setattr(sys, "path", [repository, *sys.path])
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "handler.EndpointHandler", module)
    spec.loader.exec_module(module)
    return module.EndpointHandler(repository)


@pytest.fixture
def classify(repository):
    return hf_sentiment.load(repository)


def test_each_review_gets_all_labels_as_from_the_hosted_api(handler, classify):
    expected = classify(REVIEWS, top_k=None)
    assert handler({"inputs": REVIEWS}) == expected
    answer = handler({"inputs": REVIEWS[0]})
    assert answer == [classify(REVIEWS[0], top_k=None)] and len(answer[0]) == 2
    assert answer[0][0]["score"] > answer[0][1]["score"]
    assert handler({"inputs": [REVIEWS[0]], "parameters": None}) == answer
    titled = {"title": "Great", "text": REVIEWS[1]}
    assert handler({"inputs": titled}) == [classify(titled, top_k=None)]
    assert handler({"inputs": [titled, REVIEWS[0]]}) == classify([titled, REVIEWS[0]], top_k=None)


def test_parameters_are_those_of_the_pipeline(handler, classify):
    def answer(inputs, **parameters):
        # The request and the answer go through JSON.
        found = handler(json.loads(json.dumps({"inputs": inputs, "parameters": parameters})))
        return json.loads(json.dumps(found))

    assert answer(REVIEWS[0], top_k=1) == [classify(REVIEWS[0], top_k=1)]
    assert answer(REVIEWS, top_k=1) == classify(REVIEWS, top_k=1)
    logits = answer(REVIEWS[0], function_to_apply="none", truncation=True)
    assert logits == [classify(REVIEWS[0], top_k=None, function_to_apply="none")]
    assert answer(REVIEWS[0], windows=True)[0][0]["windows"] == 1
    explained = answer(REVIEWS[0], top_k=1, explain=True)
    assert explained == json.loads(json.dumps([classify(REVIEWS[0], top_k=1, explain=True)]))


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({}, 'has no review: give {"inputs"'),
        ({"inputs": None}, "has no review"),
        ({"inputs": []}, "has no review"),
        ([], "has no review"),
        ({"inputs": ""}, "The review is empty"),
        ({"inputs": ["Fine.", " "]}, "Review 2 is empty"),
        ({"inputs": ["Fine.", 3]}, "Review 2 is a int, not text"),
        ({"inputs": {"title": "Great"}}, "has no 'text'"),
        ({"inputs": "Fine.", "parameters": [1]}, r'"parameters" is \[1\]: give an object'),
        ({"inputs": "Fine.", "parameters": {"topk": 1}}, "no option 'topk'; did you mean 'top_k'"),
        ({"inputs": "Fine.", "parameters": {"top_k": "two"}}, "top_k is 'two': give a positive whole number"),
        ({"inputs": "Fine.", "parameters": {"progress": "yes"}}, "progress is 'yes': give a function"),
        ({"inputs": "Fine.", "parameters": {"target_error": "little"}}, "give a number such as 0.05"),
        ({"inputs": "Fine.", "parameters": {"target_error": 0.0001}}, "no threshold for target_error 0.0001"),
    ],
)
def test_a_mistake_in_a_request_is_a_sentence(handler, request_, message):
    with pytest.raises((ValueError, SentimentError), match=message):
        handler(request_)


@pytest.mark.slow
def test_a_server_needs_nothing_but_the_repository_and_its_requirements(repository, classify):
    needed = [line for line in (Path(repository) / "requirements.txt").read_text().splitlines() if line[0] != "#"]
    assert {line.split("<")[0] for line in needed} == {"torch", "transformers", "peft", "accelerate", "huggingface-hub"}
    command = [sys.executable, "-c", SERVER, repository, *REVIEWS]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    where, answers = json.loads(done.stdout)
    # Not this environment's own.
    assert where.startswith(str(Path(repository) / "hf_sentiment.zip"))
    for answer, expected in zip(answers, classify(REVIEWS, top_k=None), strict=True):
        assert [entry["label"] for entry in answer] == [entry["label"] for entry in expected]
        assert [entry["score"] for entry in answer] == pytest.approx([entry["score"] for entry in expected], abs=1e-3)


def test_the_same_code_is_the_same_files():
    assert endpoint_files() == endpoint_files()


def test_the_archive_is_the_packages_code_and_its_licence(repository):
    archive = zipfile.ZipFile(Path(repository) / "hf_sentiment.zip")
    package = Path(hf_sentiment.__file__).parent
    assert archive.read("hf_sentiment/inference/task.py") == (package / "inference" / "task.py").read_bytes()
    assert archive.read("LICENSE").startswith(b"MIT License")
    assert all(name.endswith(".py") for name in archive.namelist() if name != "LICENSE")


def test_a_loader_fetches_none_of_these_files(hub, binary_adapter):
    publish(binary_adapter, "user/by-id", token=TOKEN, endpoint=True)
    # If it ran, it would end this process.
    hub.add_commit("user/by-id", {"handler.py": b"raise SystemExit\n"})
    hub.requests.clear()
    classify = hf_sentiment.load("user/by-id", dtype="float32")
    assert classify(REVIEWS, top_k=None) == hf_sentiment.load(binary_adapter, dtype="float32")(REVIEWS, top_k=None)
    assert not [request for request in hub.requests if any(name in request for name in ENDPOINT_FILES)]
    assert not {path.name for path in classify.adapter.folder.iterdir()} & set(ENDPOINT_FILES)


def test_the_next_publication_replaces_or_deletes_them(hub, binary_adapter):
    first = publish(binary_adapter, "user/ended", token=TOKEN, endpoint=True)
    assert set(ENDPOINT_FILES) <= set(first.files) <= set(hub.repo_files("user/ended"))
    # Nothing has changed, so nothing is committed.
    assert publish(binary_adapter, "user/ended", token=TOKEN, endpoint=True).commit == first.commit
    hub.add_commit("user/ended", {"requirements.txt": b"torch==1.0\n", "hf_sentiment.zip": b"old"})
    publish(binary_adapter, "user/ended", token=TOKEN, endpoint=True)
    assert hub.repo_files("user/ended")["requirements.txt"] == endpoint_files()["requirements.txt"]
    files = publish(binary_adapter, "user/ended", token=TOKEN).files
    assert set(hub.repo_files("user/ended")) == {*files, ".gitattributes"}


def test_a_handler_of_somebody_is_neither_deleted_nor_overwritten(hub, binary_adapter):
    theirs = {"handler.py": b"theirs", "requirements.txt": b"theirs"}
    assert leftovers(["README.md", *theirs], "# A card of somebody", ["README.md"]) == []
    publish(binary_adapter, "user/handled", token=TOKEN)
    hub.add_commit("user/handled", theirs | {"vocab.txt": b"old"})
    publish(binary_adapter, "user/handled", token=TOKEN)
    with pytest.raises(SentimentError, match=r"another handler.py, .*: delete it there, or publish without --endpoint"):
        publish(binary_adapter, "user/handled", token=TOKEN, endpoint=True)
    assert theirs.items() <= hub.repo_files("user/handled").items()


def test_a_dry_run_lists_them(hub, binary_adapter):
    result = publish(binary_adapter, "user/never", dry_run=True, endpoint=True)
    assert {name: len(content) for name, content in endpoint_files().items()}.items() <= result.files.items()
    assert hub.requests == []


def test_a_merged_model_needs_no_handler(binary_adapter):
    with pytest.raises(SentimentError, match="serve a merged model without a handler"):
        publish(binary_adapter, "user/x", dry_run=True, merged=True, endpoint=True)
