"""The files that start servers on other systems: parsed, checked against the server, and run where that is possible."""

import ast
import json
import os
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml
from ports import free_port
from ray_parts import PATIENCE, end, family, ray_folder

from hf_sentiment.cli.dataclass_options import Words, parse_options
from hf_sentiment.serving.app import create_app
from hf_sentiment.serving.settings import ServeSettings

ROOT = Path(__file__).parents[2]
# Starts the application, asks it once it is ready, and writes the answer.
ASK = """
import json, sys, time
import ray
from ray import serve
from hf_sentiment.compat.http import httpx
import ray_serve
port, adapter, target = int(sys.argv[1]), *sys.argv[2:]
ray.init("local", num_cpus=4, include_dashboard=False, object_store_memory=128 << 20, log_to_driver=False)
serve.start(http_options={"host": "127.0.0.1", "port": port})
serve.run(ray_serve.build({"adapter": adapter, "dtype": "float32", "replicas": "2"}))
url = f"http://127.0.0.1:{port}"
while httpx.get(f"{url}/ready").status_code != 200:
    time.sleep(0.2)
for _ in range(1000):
    answer = httpx.post(f"{url}/classify", json={"reviews": ["good thing"]}, timeout=60)
    if answer.status_code != 503:
        break
    time.sleep(0.2)
with open(target, "w") as file:
    json.dump([answer.status_code, answer.json()], file)
serve.shutdown()
"""


def test_kserve_starts_the_image_with_options_that_exist_and_asks_paths_that_exist():
    service = yaml.safe_load((ROOT / "launch" / "kserve.yaml").read_text())
    assert (service["apiVersion"], service["kind"]) == ("serving.kserve.io/v1beta1", "InferenceService")
    predictor = service["spec"]["predictor"]
    (container,) = predictor["containers"]
    # KServe looks for the container by this name.
    assert container["name"] == "kserve-container"
    settings = ServeSettings(**parse_options(ServeSettings, container["args"], Words("serve", "")))
    assert predictor["terminationGracePeriodSeconds"] > settings.drain_delay + settings.drain_timeout
    image = (ROOT / "serve.Dockerfile").read_text()
    (port,) = (each["containerPort"] for each in container["ports"])
    assert f"EXPOSE {port}" in image and f"--uid {container['securityContext']['runAsUser']} " in image
    paths = create_app(ServeSettings(), pytest.fail).openapi()["paths"]
    for probe in ("readinessProbe", "livenessProbe"):
        asked = container[probe]["httpGet"]
        assert asked["port"] == port and "get" in paths[asked["path"]]


def test_ray_serve_compiles_and_names_what_exists():
    tree = ast.parse((ROOT / "launch" / "ray_serve.py").read_text())
    names = [
        (each.module, alias.name)
        for each in ast.walk(tree)
        if isinstance(each, ast.ImportFrom) and each.module.startswith("hf_sentiment")
        for alias in each.names
    ]
    assert names
    for module, name in names:
        assert hasattr(__import__(module, fromlist=[name]), name)


@pytest.mark.slow
@pytest.mark.skipif(
    find_spec("ray") is None or find_spec("grpc") is None or find_spec("aiohttp_cors") is None,
    reason='needs "ray[serve]"',
)
def test_ray_serve_answers(served_export, tmp_path):
    with ray_folder() as folder:
        places = {"RAY_TMPDIR": str(folder), "HOME": str(tmp_path), "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
        path = os.pathsep.join([str(ROOT / "launch"), str(ROOT)])
        target = tmp_path / "answer.json"
        command = [sys.executable, "-c", ASK, str(free_port()), str(served_export), str(target)]
        process = subprocess.Popen(command, env=os.environ | places | {"PYTHONPATH": path})
        parts = set()
        try:
            deadline = time.monotonic() + PATIENCE
            while process.poll() is None and time.monotonic() < deadline:
                parts |= set(family(process.pid))
                time.sleep(0.5)
        finally:
            process.kill()
            process.wait()
            end(list(parts))
    status, body = json.loads(target.read_text())
    assert status == 200 and set(body["answers"][0]) == {"label", "score"}
