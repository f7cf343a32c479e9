"""The test Hub's endpoints for jobs: they are checked and kept, and none runs."""

from __future__ import annotations

import time
from typing import Any

from hub_http import Call, HubError, handles
from hub_storage import hub_date

LONGEST = 7 * 24 * 3600


@handles("POST", "/api/jobs/{owner}")
def submit(call: Call) -> dict[str, Any]:
    # Imported here, because the environment must name this server first.
    from huggingface_hub import JobHardware

    call.must_own(call.params["owner"])
    spec = call.json()
    if spec.get("flavor") not in {flavor.value for flavor in JobHardware}:
        raise HubError(400, f'"flavor" must be a known flavor, not {spec.get("flavor")!r}')
    if ("dockerImage" in spec) == ("spaceId" in spec):
        raise HubError(400, 'one of "dockerImage" and "spaceId" is required')
    if not spec.get("command") or not all(isinstance(word, str) for word in spec["command"]):
        raise HubError(400, '"command" must be a list of strings')
    if not 0 < spec.get("timeoutSeconds", 1800) <= LONGEST:
        raise HubError(400, f'"timeoutSeconds" must be between 1 and {LONGEST}')
    job = {"id": f"{len(call.hub.jobs):024x}", "owner": call.params["owner"], "createdAt": hub_date(time.time())} | spec
    call.hub.jobs.append(job)
    return shown(job)


@handles("GET", "/api/jobs/{owner}/{job}")
def show(call: Call) -> dict[str, Any]:
    call.must_own(call.params["owner"])
    for job in call.hub.jobs:
        if (job["owner"], job["id"]) == (call.params["owner"], call.params["job"]):
            return shown(job)
    raise HubError(404, "Job not found")


def shown(job: dict[str, Any]) -> dict[str, Any]:
    """A job as the Hub tells of it: with the names of its secrets alone."""
    owner = {"id": "0" * 24, "name": job["owner"], "type": "user"}
    return job | {"secrets": list(job.get("secrets", {})), "owner": owner, "status": {"stage": "SCHEDULING"}}
