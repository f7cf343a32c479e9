"""The workflow files, as far as they can be checked without running them."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]


def workflow(name):
    content = yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8"))
    # YAML 1.1 reads the key "on" as true.
    return content.pop(True), content["jobs"], content["permissions"]


def commands(job):
    return "\n".join(step["run"] for step in job["steps"] if "run" in step)


def test_ci_runs_the_commands_that_people_run():
    events, jobs, permissions = workflow("ci.yml")
    assert permissions == {"contents": "read"}
    assert commands(jobs["test"]).endswith("bash .ci/run")
    assert events["schedule"] == [{"cron": "0 5 * * 1"}] and "schedule" in jobs["newest"]["if"]
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    for name, job in jobs.items():
        assert job["timeout-minutes"] <= 90, name
        assert set(re.findall(r"make ([\w-]+)", commands(job))) <= set(targets)
    for target in ("test-lowest", "test-newest", "test-pythons"):
        assert any(f"make {target}" in commands(job) for job in jobs.values())


def test_a_release_is_built_checked_attested_and_published_in_this_order():
    events, jobs, permissions = workflow("release.yml")
    assert events == {"push": {"tags": ["v*"]}} and permissions == {"contents": "read"}
    uses = {name: [step["uses"].split("@")[0] for step in job["steps"] if "uses" in step] for name, job in jobs.items()}
    assert "twine check --strict" in commands(jobs["build"])
    assert "actions/attest-build-provenance" in uses["build"]
    assert jobs["check"]["needs"] == "build" and "pip check" in commands(jobs["check"])
    publish = jobs["publish"]
    assert publish["needs"] == ["build", "check"] and publish["environment"] == "release"
    # Trusted publishing: the job may ask for an identity, and nothing names a secret.
    assert publish["permissions"] == {"id-token": "write"} and "pypa/gh-action-pypi-publish" in uses["publish"]
    assert "secrets." not in (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
