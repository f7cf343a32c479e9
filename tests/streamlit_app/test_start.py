"""The app's server: who may connect, and under which name."""

import base64
import http.client
import os
from urllib.parse import urlsplit

import pytest
from app_server import serving

from hf_sentiment.cli import main
from hf_sentiment.streamlit_app.limits import MAX_SIZE

pytestmark = pytest.mark.slow


def connect(address, host=None, origin=None):
    """The status of the answer to the request that opens a session: 101 if it is open."""
    port = urlsplit(address).port
    headers = {"Host": (host or "127.0.0.1") + f":{port}", "Upgrade": "websocket", "Connection": "Upgrade"}
    headers |= {"Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(), "Sec-WebSocket-Version": "13"}
    headers |= {"Origin": origin.format(port=port)} if origin else {}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", "/_stcore/stream", headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()


def test_on_loopback_a_foreign_name_is_refused():
    with serving() as address:
        assert connect(address) == 101
        assert connect(address, "localhost", "http://localhost:{port}") == 101
        # What a page of evil.test sends once its name leads here.
        assert connect(address, "evil.test", "http://evil.test:{port}") == 403
        assert connect(address, "evil.test") == 403
        # What it sends before.
        assert connect(address, None, "http://evil.test") == 403


def test_elsewhere_the_names_given_are_the_only_ones():
    with serving("--host", "0.0.0.0", "--host-name", "app.example.com") as address:
        assert connect(address, "app.example.com", "http://app.example.com:{port}") == 101
        assert connect(address, "evil.test", "http://evil.test:{port}") == 403


def test_elsewhere_without_names_every_name_leads_here_but_no_other_site():
    with serving("--host", "0.0.0.0") as address:
        assert connect(address, "any.example.com", "http://any.example.com:{port}") == 101
        assert connect(address, "any.example.com", "http://evil.test") == 403


def test_the_help_names_the_default_size(capsys):
    with pytest.raises(SystemExit):
        main(["app", "--help"])
    assert f"(default: {MAX_SIZE})" in " ".join(capsys.readouterr().out.split())
