"""Each protocol, asked by its own client where there is one in Python."""

import pytest
from huggingface_hub import InferenceClient
from huggingface_hub.errors import HfHubHTTPError
from serve_process import serving

from hf_sentiment.compat.http import httpx

LONG = "good thing " * 90
CLOSE = 1e-4


def post(server, path, body, status=200, **options):
    answer = httpx.post(f"{server.url}{path}", json=body, timeout=60, **options)
    assert answer.status_code == status, answer.text
    return answer.json()


def scores(entries):
    return {entry["label"]: pytest.approx(entry["score"], abs=CLOSE) for entry in entries}


def plain(entries):
    return {entry["label"]: entry["score"] for entry in entries}


def test_the_clients_of_the_hub_get_all_labels_of_the_pipeline(server, pipeline):
    for model in (server.url, f"{server.url}/models/cool"):
        found = InferenceClient(model=model).text_classification(LONG)
        assert {each.label: each.score for each in found} == scores(pipeline(LONG, top_k=None))
        assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)


def test_parameters_of_the_hubs_client_are_those_of_the_pipeline(server, pipeline):
    client = InferenceClient(model=server.url)
    (only,) = client.text_classification("fine", top_k=1)
    assert only.score == pytest.approx(pipeline("fine")[0]["score"], abs=CLOSE)
    raw = client.text_classification("fine", function_to_apply="none")
    assert {each.label: each.score for each in raw} == scores(pipeline("fine", top_k=None, function_to_apply="none"))


def test_the_hubs_client_shows_what_is_wrong(server):
    with pytest.raises(HfHubHTTPError, match="The review is empty"):
        InferenceClient(model=server.url).text_classification("  ")
    with pytest.raises(HfHubHTTPError, match="There is no adapter 'warm'; there are cool"):
        InferenceClient(model=f"{server.url}/models/warm").text_classification("fine")


def test_several_inputs_and_titles_at_once(server, pipeline):
    reviews = ["fine", {"title": "Great", "text": "bad thing"}, LONG]
    found = post(server, "/", {"inputs": reviews, "parameters": {"target_error": 0.05, "windows": True}})
    expected = pipeline(reviews, top_k=None, target_error=0.05, windows=True)
    for mine, other in zip(found, expected, strict=True):
        assert plain(mine) == scores(other)
        assert [(each["undecided"], each["windows"]) for each in mine] == [
            (each["undecided"], each["windows"]) for each in other
        ]


def test_tei_is_flat_for_one_review_and_nested_for_a_batch(server, pipeline):
    flat = post(server, "/predict", {"inputs": "fine"})
    assert plain(flat) == scores(pipeline("fine", top_k=None))
    assert post(server, "/predict", {"inputs": ["fine"]}) == flat
    nested = post(server, "/predict", {"inputs": [["fine"], [LONG]]})
    assert nested[0] == flat and plain(nested[1]) == scores(pipeline(LONG, top_k=None))
    raw = post(server, "/predict", {"inputs": LONG, "raw_scores": True, "truncate": True})
    expected = pipeline(LONG, top_k=None, function_to_apply="none", long_reviews="truncate")
    assert plain(raw) == scores(expected)


def test_tei_refuses_a_pair_and_has_its_form_of_errors(server):
    for pair in (["a", "b"], [["a", "b"]]):
        refused = post(server, "/predict", {"inputs": pair}, 422)
        assert refused["error_type"] == "validation" and "A pair of texts" in refused["error"]
    assert "missing" in post(server, "/predict", {"inputs": [[]]}, 422)["error"]
    assert (
        "truncate on the left"
        in post(server, "/predict", {"inputs": "a", "truncate": True, "truncation_direction": "Left"}, 422)["error"]
    )
    info = httpx.get(f"{server.url}/info").json()
    assert info["model_type"]["classifier"]["id2label"] == {"0": "Negative", "1": "Positive"}
    assert info["max_input_length"] == 48 and info["model_id"] == "cool"


def test_the_open_inference_protocol(server, pipeline):
    for path in ("/v2/health/live", "/v2/health/ready", "/v2/models/cool/ready", "/v2"):
        assert httpx.get(f"{server.url}{path}").status_code == 200
    assert httpx.get(f"{server.url}/v2/models/warm/ready").status_code == 404
    described = httpx.get(f"{server.url}/v2/models/cool").json()
    labels = described["outputs"][1]["parameters"]["labels"]
    texts, titles = ["fine", LONG], ["Great", ""]
    inputs = [
        {"name": name, "shape": [2], "datatype": "BYTES", "data": data}
        for name, data in (("text", texts), ("title", titles))
    ]
    answer = post(server, "/v2/models/cool/infer", {"id": "7", "inputs": inputs})
    expected = pipeline.scores([{"title": "Great", "text": "fine"}, LONG])
    assert (answer["id"], answer["model_name"]) == ("7", "cool")
    by_name = {output["name"]: output for output in answer["outputs"]}
    assert by_name["scores"]["shape"] == [2, 2] and labels == pipeline.sentiment_config.labels
    assert by_name["scores"]["data"] == pytest.approx(expected.ravel().tolist(), abs=CLOSE)
    assert by_name["label"]["data"] == [labels[place] for place in expected.argmax(axis=1)]
    only = post(server, "/v2/models/cool/infer", {"inputs": inputs[:1], "outputs": [{"name": "label"}]})
    assert [output["name"] for output in only["outputs"]] == ["label"]
    for wrong in ([], inputs[1:], inputs[:1] * 2, [{**inputs[0], "shape": [3]}]):
        post(server, "/v2/models/cool/infer", {"inputs": wrong}, 422)


def test_sagemaker_and_vertex(served_export, pipeline):
    routes = {"AIP_PREDICT_ROUTE": "/v1/endpoints/1:predict", "AIP_HEALTH_ROUTE": "/v1/alive"}
    with serving("--adapter", served_export, **routes) as server:
        assert httpx.get(f"{server.url}/ping").status_code == 200
        assert plain(post(server, "/invocations", {"inputs": "fine"})[0]) == scores(pipeline("fine", top_k=None))
        assert httpx.get(f"{server.url}/v1/alive").status_code == 200
        answer = post(server, "/v1/endpoints/1:predict", {"instances": ["fine", LONG], "parameters": {"top_k": 1}})
        assert [len(each) for each in answer["predictions"]] == [1, 1]


def test_our_route_has_every_option_and_an_error_in_place_of_a_bad_review(server, pipeline):
    body = {"reviews": ["fine", "  ", {"title": "Great", "text": LONG}], "explain": True, "target_error": 0.05}
    first, bad, last = post(server, "/classify", body)["answers"]
    expected = pipeline(["fine", {"title": "Great", "text": LONG}], explain=True, target_error=0.05)
    assert "Review 2 is empty" in bad["error"]
    for mine, other in zip((first, last), expected, strict=True):
        assert mine["label"] == other["label"] and mine["undecided"] == other["undecided"]
        assert mine["explanation"]["text"] == other["explanation"]["text"]
        assert [word["weight"] for word in mine["explanation"]["words"]] == pytest.approx(
            [word["weight"] for word in other["explanation"]["words"]], abs=1e-3
        )
    listed = post(server, "/classify", {"reviews": ["fine"], "top_k": 2, "adapters": "all"})["answers"][0]
    assert len(listed["cool"]) == 2
    both = {"reviews": ["fine"], "adapter": "cool", "adapters": ["cool"]}
    assert "not both" in post(server, "/classify", both, 422)["error"]
    wrong = post(server, "/classify", {"reviews": ["fine"], "target_error": 0.3}, 422)
    assert "has no threshold for target_error 0.3" in wrong["error"]
    assert "present" in post(server, "/classify", {"reviews": ["fine"], "present": True}, 422)["error"]


def test_the_adapters_in_memory(server):
    (only,) = httpx.get(f"{server.url}/adapters").json()["adapters"]
    assert (only["name"], only["labels"]) == ("cool", ["Negative", "Positive"])
