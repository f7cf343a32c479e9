"""Input and output on an object store: a real S3 server."""

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from pyarrow import fs
from review_files import reviews, write
from s3_server import find_server, s3_server
from scale_parts import content
from scale_workers import open_hasher

from hf_sentiment.errors import SentimentError
from hf_sentiment.scale.place import Place
from hf_sentiment.scale.score_folder import FolderOptions, score_folder

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_server() is None, reason="needs moto's server: make .venv-s3/installed"),
]
OPTIONS = FolderOptions(chunk_rows=10, unit_rows=20)
SUPPORT = Path(__file__).parents[1] / "support"


@pytest.fixture(scope="module")
def environment():
    with s3_server() as found, pytest.MonkeyPatch.context() as patch:
        for name, value in found.items():
            patch.setenv(name, value)
        yield found


@pytest.fixture
def bucket(folder, environment, request):
    """The input folder on the object store, and a folder for outputs beside it."""
    root = f"reviews/{request.node.name}"
    store = fs.FileSystem.from_uri("s3://reviews")[0]
    fs.copy_files(str(folder), f"{root}/in", destination_filesystem=store)
    return f"s3://{root}"


def run(source, target, **options):
    return score_folder(open_hasher, source, target, replace(OPTIONS, **options))


def stored(uri):
    place = Place(uri)
    return {name: place.read(name) for name in place.files()}


def test_a_store_holds_what_a_folder_would(bucket, folder, tmp_path):
    result = run(f"{bucket}/in", f"{bucket}/out", workers=2)
    assert (result.units, result.rows, result.complete) == (8, 104, True)
    assert run(f"{bucket}/in", f"{bucket}/out", resume=True).was_complete
    run(f"{bucket}/in", str(tmp_path / "local"))
    assert stored(f"{bucket}/out") == content(tmp_path / "local")
    with pytest.raises(SentimentError, match="holds a complete run"):
        run(f"{bucket}/in", f"{bucket}/out")
    assert run(f"{bucket}/in/**/*.csv", f"{bucket}/csv").rows == 47
    assert run(f"{bucket}/in/a.csv", f"{bucket}/one").rows == 45
    with pytest.raises(SentimentError, match="There is no file or folder s3://"):
        run(f"{bucket}/nothing", f"{bucket}/none")


def test_what_a_store_lacks_is_scored_again(bucket):
    run(f"{bucket}/in", f"{bucket}/out")
    whole = stored(f"{bucket}/out")
    place = Place(f"{bucket}/out")
    lost = [name for name in whole if name.startswith("_units/")][1]
    place.remove(lost)
    damaged = [name for name in whole if not name.startswith("_")][3]
    place.write(damaged, b"half")
    assert run(f"{bucket}/in", f"{bucket}/out", resume=True).complete
    assert stored(f"{bucket}/out") == whole
    assert run(f"{bucket}/in", f"{bucket}/out", overwrite=True).complete
    assert stored(f"{bucket}/out") == whole


def test_a_file_that_changes_is_refused(bucket, tmp_path):
    run(f"{bucket}/in", f"{bucket}/out")
    other = write(tmp_path / "small.csv", reviews(3))
    Place(f"{bucket}/in").write("small.csv", other.read_bytes())
    with pytest.raises(SentimentError, match="small.csv was written again"):
        run(f"{bucket}/in", f"{bucket}/out", resume=True)


def test_a_killed_driver_is_resumed(bucket, tmp_path):
    run(f"{bucket}/in", f"{bucket}/whole")
    command = [sys.executable, str(SUPPORT / "scale_driver.py"), f"{bucket}/in", f"{bucket}/out"]
    path = os.pathsep.join([str(SUPPORT), str(SUPPORT.parents[1])])
    for seconds in (1.5, 2, 2.5):
        process = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": path, "SLOW_HASHER": "1"})
        time.sleep(seconds)
        process.kill()
        process.wait()
    assert run(f"{bucket}/in", f"{bucket}/out", resume=True).complete
    assert stored(f"{bucket}/out") == stored(f"{bucket}/whole")
