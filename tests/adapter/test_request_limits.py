"""Requests to the Hub end, whatever the Hub does."""

import time

import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.utils import get_session

from hf_sentiment.adapter.request_limits import TimeLimitError, is_transient, limited_requests, retrying


@pytest.fixture
def info(hub):
    """Asks the test Hub for a repository."""
    hub.add_commit("user/there", {"a.txt": b"x"})
    return lambda: HfApi().model_info("user/there").id


def test_a_hub_that_never_answers_is_given_up(hub, info):
    hub.faults.hang("GET", "/api/models/user/there", times=9)
    with limited_requests(60, each=0.3) as deadline, pytest.raises(Exception) as caught:
        retrying(info, deadline, pauses=(0.1, 0.1))
    assert is_transient(caught.value)
    assert hub.requests.count("GET /api/models/user/there") == 3


def test_no_request_begins_when_the_time_is_up(hub, info):
    with limited_requests(0.2):
        time.sleep(0.3)
        with pytest.raises(TimeLimitError, match="did not finish within 0.2 s"):
            info()
    assert hub.requests == []


def test_the_session_is_as_before_afterwards(info):
    hooks = get_session().event_hooks
    before = {name: list(each) for name, each in hooks.items()}
    with limited_requests(5):
        assert hooks != before
        info()
    assert hooks == before


def test_the_hub_is_asked_again_when_it_says_so(hub, info):
    hub.faults.fail("GET", "/api/models/user/there", 429, headers={"Retry-After": "1"})
    with limited_requests(10) as deadline:
        # Within the deadline there is time for the second that the Hub asks for, and not for a pause of its own.
        assert retrying(info, deadline, pauses=(60.0,)) == "user/there"
    assert hub.requests.count("GET /api/models/user/there") == 2


def test_a_pause_beyond_the_limit_is_not_waited_for(hub, info):
    hub.faults.fail("GET", "/api/models/user/there", 429, headers={"Retry-After": "3600"})
    with limited_requests(10) as deadline, pytest.raises(HfHubHTTPError, match="429"):
        retrying(info, deadline)


def test_what_will_not_change_is_asked_once(hub, info):
    hub.faults.fail("GET", "/api/models/user/there", 403, times=9)
    with limited_requests(10) as deadline, pytest.raises(HfHubHTTPError, match="403"):
        retrying(info, deadline)
    assert len(hub.requests) == 1
