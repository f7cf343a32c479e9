"""What visitors may choose, on the test Hub, and what was downloaded before a choice was refused."""

import json

import pytest
from app_pages import words
from hub_adapter import contents

from hf_sentiment.streamlit_app import limits
from hf_sentiment.streamlit_app.limits import (
    ALL,
    HUB,
    MAX_SIZE,
    NONE,
    Limits,
    RefusedError,
    check_choice,
    default_choose,
)


@pytest.fixture(scope="module")
def on_hub(hub, binary_adapter):
    """The Hub id of a tiny adapter."""
    hub.add_commit("visitor/tiny", contents(binary_adapter))
    return "visitor/tiny"


def with_base(hub, adapter, name, base):
    """The Hub id of a copy of an adapter that names another base."""
    files = contents(adapter)
    config = json.loads(files["adapter_config.json"]) | {"base_model_name_or_path": base, "revision": None}
    hub.add_commit(name, files | {"adapter_config.json": json.dumps(config).encode()})
    return name


def downloads(hub):
    return [request for request in hub.requests if "/resolve/" in request]


def test_the_default_depends_on_who_can_reach_the_app():
    assert [default_choose(address) for address in ("127.0.0.1", "localhost", "::1")] == [ALL] * 3
    assert [default_choose(address) for address in ("0.0.0.0", "::", "192.168.0.7", "example.com", None)] == [NONE] * 5


def test_nothing_can_be_chosen(started, hub, on_hub, binary_adapter):
    for name in (on_hub, str(binary_adapter), "default"):
        with pytest.raises(RefusedError, match="only the adapters that it was started with"):
            check_choice(name, None, Limits(NONE, MAX_SIZE))
    assert hub.requests == []
    page = started("page_model", "--choose", "none")
    assert not page.exception and not page.text_input and not page.tabs and len(page.metric)


def test_hub_ids_can_be_chosen_and_folders_cannot(started, on_hub, binary_adapter, tmp_path, monkeypatch):
    limits = Limits(HUB, MAX_SIZE)
    check_choice(on_hub, None, limits)
    (tmp_path / "user" / "adapter").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    for folder in (str(binary_adapter), "user/adapter", "..", "~", "/etc"):
        with pytest.raises(RefusedError, match="this app opens no folders"):
            check_choice(folder, None, limits)
    page = started("page_model", "--choose", "hub")
    page.text_input(key="adapter").set_value(str(binary_adapter))
    next(each for each in page.button if each.label == "Use this adapter").click().run()
    assert "this app opens no folders" in words(page.error[0].value) and "choice" not in page.session_state


def test_an_adapter_cannot_open_a_folder_as_its_base(hub, binary_adapter, tiny_base):
    name = with_base(hub, binary_adapter, "visitor/folder-base", tiny_base)
    with pytest.raises(RefusedError, match="names a folder as its base"):
        check_choice(name, None, Limits(HUB, MAX_SIZE))


def test_an_adapter_that_is_too_large_is_not_downloaded(hub, binary_adapter):
    hub.add_commit("visitor/large", contents(binary_adapter) | {"more.safetensors": bytes(2_000_000)})
    with pytest.raises(RefusedError, match=r"visitor/large takes 2 MB, and this app loads up to 1 MB"):
        check_choice("visitor/large", None, Limits(HUB, 1))
    # Other files are not fetched, and so do not count.
    hub.add_commit("visitor/pickles", contents(binary_adapter) | {"more.bin": bytes(2_000_000)})
    assert downloads(hub) == []
    check_choice("visitor/pickles", None, Limits(HUB, 1))


def test_a_base_that_is_too_large_is_not_downloaded(hub, binary_adapter, tiny_base):
    hub.add_commit("visitor/large-base", contents(tiny_base) | {"more.safetensors": bytes(2_000_000)})
    name = with_base(hub, binary_adapter, "visitor/names-large", "visitor/large-base")
    with pytest.raises(RefusedError, match=r"with its base visitor/large-base takes 2 MB"):
        check_choice(name, None, Limits(HUB, 1))
    assert downloads(hub) and not [request for request in downloads(hub) if "large-base" in request]


def test_a_folder_has_a_size_too(binary_adapter):
    check_choice(str(binary_adapter), None, Limits(ALL, 1))
    with pytest.raises(RefusedError, match="larger --max-size"):
        check_choice(str(binary_adapter), None, Limits(ALL, 0))


def test_an_adapter_of_unknown_size_is_not_downloaded(hub, on_hub, binary_adapter):
    hub.add_commit("visitor/unknown", contents(binary_adapter))
    hub.faults.fail("GET", "/api/models/visitor/", 500, times=1000)
    with pytest.raises(RefusedError, match="not in the Hub cache"):
        check_choice("visitor/unknown", None, Limits(HUB, MAX_SIZE))
    assert downloads(hub) == []
    hub.faults.clear()
    check_choice(on_hub, None, Limits(HUB, MAX_SIZE))
    hub.faults.fail("GET", "/api/models/visitor/", 500, times=1000)
    check_choice(on_hub, None, Limits(HUB, MAX_SIZE))


def test_a_hub_that_never_answers_keeps_no_visitor_waiting(hub, binary_adapter, monkeypatch):
    monkeypatch.setattr(limits, "SECONDS", 0.5)
    hub.add_commit("visitor/waiting", contents(binary_adapter))
    hub.faults.hang("GET", "/api/models/visitor/waiting", times=1000)
    with pytest.raises(RefusedError, match="not in the Hub cache"):
        check_choice("visitor/waiting", None, Limits(HUB, MAX_SIZE))
    assert downloads(hub) == []


def test_visitors_see_no_path_of_the_server(started, hub, binary_adapter):
    hub.add_commit("visitor/broken", contents(binary_adapter) | {"adapter_model.safetensors": b"nothing"})
    page = started("page_model", "--choose", "hub")
    page.text_input(key="adapter").set_value("visitor/broken")
    next(each for each in page.button if each.label == "Use this adapter").click().run()
    assert [words(each.value) for each in page.error] == [
        "visitor/broken is not an adapter that this app can load; the server's log says why."
    ]
