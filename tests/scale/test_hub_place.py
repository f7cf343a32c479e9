"""Input on the Hub, and a folder there that is written to."""

import pytest
from hub_server import HubServer
from review_files import reviews, write
from scale_parts import rows_of
from scale_workers import open_hasher

from hf_sentiment.errors import SentimentError
from hf_sentiment.scale.place import Place
from hf_sentiment.scale.score_folder import FolderOptions, score_folder

OPTIONS = FolderOptions(chunk_rows=10, unit_rows=20)


@pytest.fixture
def source(hub: HubServer, tmp_path, request):
    name = f"user/{request.node.name.replace('_', '-')}"
    files = {f"data/{path.name}": path.read_bytes() for path in made(tmp_path, 12)}
    hub.add_commit(name, files)
    return name


def made(folder, rows):
    return [write(folder / "a.csv", reviews(rows)), write(folder / "b.parquet", reviews(rows))]


def test_files_of_a_repository_are_scored(source, tmp_path):
    result = score_folder(open_hasher, f"hf://{source}/data", str(tmp_path / "out"), OPTIONS)
    assert (result.units, result.rows, result.complete) == (2, 24, True)
    assert [int(row["id"]) for row in rows_of(tmp_path / "out")] == [*range(12), *range(12)]


def test_another_content_is_noticed(source, hub, tmp_path):
    score_folder(open_hasher, f"hf://{source}/data", str(tmp_path / "out"), OPTIONS)
    before = (tmp_path / "a.csv").read_bytes()
    hub.add_commit(source, {"data/a.csv": before.replace(b"the", b"teh", 1).replace(b"a", b"e", 1)})
    with pytest.raises(SentimentError, match="a.csv was written again"):
        score_folder(
            open_hasher,
            f"hf://{source}/data",
            str(tmp_path / "out"),
            FolderOptions(chunk_rows=10, unit_rows=20, resume=True),
        )


def test_a_place_on_the_hub(source, hub, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_test")
    place = Place(f"hf://{source}/out")
    assert place.files() == {} and place.read("a") is None and place.state("a") is None
    place.write("deep/a", b"content")
    assert place.read("deep/a") == b"content"
    assert place.files() == {"deep/a": place.state("deep/a")}
    place.remove("deep/a")
    place.remove("deep/a")
    assert place.files() == {}
