"""Flags, environment and file; and the keys."""

import functools

import pytest

from hf_sentiment import SentimentError
from hf_sentiment.cli.dataclass_options import Words, parse_options
from hf_sentiment.serving.keys import Keys
from hf_sentiment.serving.settings import ServeSettings, defaults_from


def settings(*words, config=None, **environment):
    names = {f"HF_SENTIMENT_SERVE_{name}": value for name, value in environment.items()}
    read = functools.partial(parse_options, ServeSettings, [str(word) for word in words], Words("serve", ""))
    return ServeSettings(**read(defaults_from(str(config) if config else read()["config"], names)))


def test_a_flag_comes_before_the_environment_and_that_before_the_file(tmp_path):
    config = tmp_path / "serve.toml"
    config.write_text('port = 1\nmax-queue = 2\nhost = "::1"\nadapter = ["a", "b=c"]\nlog-requests = false\n')
    found = settings("--port", 3, config=config, PORT="4", MAX_QUEUE="5", DRAIN_DELAY="0.5")
    assert (found.port, found.max_queue, found.host, found.adapter) == (3, 5, "::1", ("a", "b=c"))
    assert (found.log_requests, found.drain_delay, found.workers) == (False, 0.5, 1)


def test_the_file_is_named_by_a_flag_or_the_environment(tmp_path):
    for port in (1, 2):
        (tmp_path / f"{port}.toml").write_text(f"port = {port}\n")
    assert settings("--config", tmp_path / "1.toml", CONFIG=str(tmp_path / "2.toml")).port == 1
    assert settings(CONFIG=str(tmp_path / "2.toml")).port == 2


def test_lists():
    assert settings("--adapter", "x", "--adapter=y", ADAPTER="z").adapter == ("x", "y")
    assert settings(ADAPTER="x, y").adapter == ("x", "y")
    assert settings().adapter == ("default",)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("port = 'x'", "port is 'x': give a whole number"),
        ("port = true", "port is True: give a whole number"),
        ("log_requests = 'perhaps'", "give true or false"),
        ("config = 'other.toml'", "no option 'config'"),
        ("prot = 1", "no option 'prot'; did you mean 'port'"),
        ("port 1", "cannot be read as TOML"),
        ("workers = 0", "workers is 0: give 1 or more"),
        ("backend = 'jax'", "backend 'jax' is not one of"),
    ],
)
def test_a_wrong_file_has_a_sentence(tmp_path, content, words):
    path = tmp_path / "serve.toml"
    path.write_text(content)
    with pytest.raises(SentimentError, match=words):
        settings(config=path)


def test_a_wrong_variable_has_a_sentence():
    with pytest.raises(SentimentError, match="did you mean 'HF_SENTIMENT_SERVE_PORT'"):
        settings(PROT="1")


def test_keys_of_clients_and_administrators(tmp_path):
    path = tmp_path / "keys"
    path.write_text("# ours\none\n\nadmin two # mine\nadmin\tthree\n")
    keys = Keys.read(str(path))
    assert [keys.allow(f"Bearer {key}") for key in ("one", "two", "three", "admin", "#")] == [True] * 3 + [False] * 2
    assert [keys.allow(f"bearer {key}", admin=True) for key in ("one", "two", "three")] == [False, True, True]
    assert not keys.allow("one") and not keys.allow("Bearer \udcff")
    for content, words in (("one two", "Line 1"), ("# nothing", "no key"), ("admin a b", "Line 1")):
        path.write_text(content)
        with pytest.raises(SentimentError, match=words):
            Keys.read(str(path))
    with pytest.raises(SentimentError, match="cannot be read"):
        Keys.read(str(tmp_path))
    assert Keys.read(None) is None
