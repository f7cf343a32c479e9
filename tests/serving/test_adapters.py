"""Several adapters in one process, loaded and unloaded while it answers."""

import threading
from pathlib import Path

import pytest
from hub_adapter import contents
from serve_process import serving

import hf_sentiment
from hf_sentiment import SentimentError
from hf_sentiment.compat.http import httpx
from hf_sentiment.serving.names import check_name, named_adapters

ADMIN = {"Authorization": "Bearer root-key"}
CLOSE = 1e-4


@pytest.fixture
def keys(tmp_path):
    path = tmp_path / "keys.txt"
    path.write_text("admin root-key\n")
    return path


def classify(server, reviews, **more):
    answer = httpx.post(f"{server.url}/classify", json={"reviews": reviews, **more}, headers=ADMIN, timeout=60)
    assert answer.status_code == 200, answer.text
    return answer.json()["answers"]


def change(server, method, name, source=None, **more):
    body = {"json": {"adapter": str(source), **more}} if source else {}
    return httpx.request(method, f"{server.url}/adapters/{name}", headers=ADMIN, timeout=120, **body)


def names(server):
    found = httpx.get(f"{server.url}/adapters", headers=ADMIN).json()["adapters"]
    return [each["name"] for each in found]


def test_names_of_adapters():
    assert named_adapters(["user/cool", "b=x/y", "/a/b c/"]) == {
        "cool": ("user/cool", None),
        "b": ("x/y", None),
        "b-c": ("/a/b c/", None),
    }
    for wrong, words in ((["../x=a"], "cannot be the name"), (["a", "a"], "Two adapters"), ([".hidden=a"], "cannot")):
        with pytest.raises(SentimentError, match=words):
            named_adapters(wrong)
    with pytest.raises(SentimentError, match="several are named"):
        named_adapters(["a", "b"], "v1")
    assert not any(map(check_name, ("", "..", "a/b", "a" * 65, "-a", "a\n", "%2e")))


def test_several_on_one_base_answer_as_each_alone(binary_adapter, three_class_adapter, calibrated_adapter):
    adapters = {"two": binary_adapter, "cool": str(calibrated_adapter), "three": three_class_adapter}
    options = [word for name, folder in adapters.items() for word in ("--adapter", f"{name}={folder}")]
    reviews = ["good thing", "bad thing " * 60, {"title": "Great", "text": "fine"}]
    with serving(*options) as server:
        found = classify(server, reviews, adapters="all")
        assert names(server) == list(adapters)
        kinds = httpx.get(f"{server.url}/adapters").json()["adapters"]
        assert {each["backend"] for each in kinds} == {"MixedBackend"}
        by_name = classify(server, reviews, adapter="three", explain=True)
    for name, folder in adapters.items():
        alone = hf_sentiment.load(folder, dtype="float32")
        for mine, other in zip(found, alone(reviews), strict=True):
            assert mine[name]["label"] == other["label"]
            assert mine[name]["score"] == pytest.approx(other["score"], abs=CLOSE)
    assert all(each["explanation"]["words"] for each in by_name)


def test_several_exports_answer_as_each_alone(served_export, binary_adapter):
    with serving("--adapter", f"a={served_export}", "--adapter", f"b={binary_adapter}", "--backend", "openvino") as it:
        (found,) = classify(it, ["good thing"], adapters=["a", "b"])
        backends = {each["backend"] for each in httpx.get(f"{it.url}/adapters").json()["adapters"]}
    assert backends == {"OpenVINOBackend"}
    alone = hf_sentiment.load(binary_adapter, dtype="float32")("good thing")[0]
    assert found["b"]["score"] == pytest.approx(alone["score"], abs=CLOSE)


@pytest.mark.parametrize("backend", ["torch", "openvino"])
def test_loading_and_unloading_under_fire(hub, keys, binary_adapter, three_class_adapter, calibrated_adapter, backend):
    """The answers of the others never change, and none of their requests fails."""
    hub.add_commit("user/hot", contents(three_class_adapter))
    review = "good thing " * 20
    expected = hf_sentiment.load(binary_adapter, dtype="float32")(review)[0]["score"]
    options = ["--adapter", f"one={binary_adapter}", "--adapter", f"two={calibrated_adapter}", "--backend", backend]
    allowed = ["--allow-adapter", "user/*", "--allow-adapter", Path(binary_adapter).parent, "--api-key-file", keys]
    with serving(*options, *allowed) as server:
        answers, stop = [], threading.Event()

        def fire():
            with httpx.Client(headers=ADMIN, timeout=60) as client:
                while not stop.is_set():
                    answers.append(client.post(f"{server.url}/models/one", json={"inputs": review}))

        threads = [threading.Thread(target=fire) for _ in range(3)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(2):
                assert change(server, "PUT", "hot", "user/hot").status_code == 200
                assert classify(server, [review], adapter="hot")[0]["label"] in ("Negative", "Neutral", "Positive")
                # Replaced by another one under its name.
                assert change(server, "PUT", "hot", binary_adapter).status_code == 200
                assert classify(server, [review], adapter="hot")[0]["score"] == pytest.approx(expected, abs=CLOSE)
                assert change(server, "DELETE", "hot").status_code == 200
            assert change(server, "DELETE", "two").status_code == 200
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        assert names(server) == ["one"]
    assert len(answers) > 20 and {each.status_code for each in answers} == {200}
    assert [each.json()[0][0]["score"] for each in answers] == pytest.approx([expected] * len(answers), abs=CLOSE)


def test_what_may_not_be_loaded(hub, keys, served_export, binary_adapter, tmp_path):
    hub.add_commit("other/adapter", contents(binary_adapter))
    inside = tmp_path / "allowed"
    inside.mkdir()
    (inside / "link").symlink_to(binary_adapter)
    options = ["--allow-adapter", "user/*", "--allow-adapter", inside, "--api-key-file", keys, "--max-adapters", 1]
    with serving("--adapter", f"one={served_export}", *options) as server:
        for source in ("other/adapter", binary_adapter, inside / ".." / "x", inside / "link", "user/../x", "~/x"):
            refused = change(server, "PUT", "new", source)
            assert (refused.status_code, refused.json()["error_type"]) == (403, "unauthorized"), source
        for name in (".x", "a%20b", "x" * 65):
            assert change(server, "PUT", name, "user/x").status_code == 422
        assert change(server, "PUT", "a%2Fb", "user/x").status_code == 404
        refused = change(server, "PUT", "new", "user/x")
        assert refused.status_code == 409 and "unload one first" in refused.json()["error"]
        refused = change(server, "DELETE", "one")
        assert refused.status_code == 409 and "the only adapter" in refused.json()["error"]
        assert change(server, "DELETE", "none").status_code == 404
        missing = change(server, "PUT", "one", "user/there-is-none")
        assert missing.status_code == 422 and "user/there-is-none" in missing.json()["error"]
        assert classify(server, ["fine"])[0]["label"]
