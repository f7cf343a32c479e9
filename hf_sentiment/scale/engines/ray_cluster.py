"""Cluster: Ray started on this machine, or a cluster that is joined."""

import os
import secrets
import socket
from typing import Any

from hf_sentiment.errors import SentimentError, first_line, require

# Seconds to wait for the port of a cluster; Ray itself tries for minutes.
PATIENCE = 10
# Bytes of Ray's own store, in which no rows are put; its default is a third of the memory.
STORE_BYTES = 128 << 20
LOST = "Ray ended before the run ({error}): the units that are done are kept, then give --resume."


def require_ray() -> None:
    """Raise a SentimentError that says what to install if Ray is missing."""
    require("ray", "ray", "--engine ray")


class Cluster:
    """A connection of this process to Ray; `ray.shutdown` ends it.

    Args:
        size: number of processors that are needed.
        address: of a cluster to join, or "auto"; None starts Ray on this machine, on loopback.

    Attributes:
        ray: the module.
        processors: of all machines of the cluster.
        started_here: whether Ray was started on this machine, and ends with this process.

    Raises:
        SentimentError: Ray cannot be started, or the cluster cannot be joined or is too small.
    """

    def __init__(self, size: int, address: str | None) -> None:
        # Ray would report how it is used over the network.
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        self.started_here = address is None
        if address is None:
            # Ray asks for a token in a cluster that it starts so, and would leave one in the home folder, which makes
            # every later `ray start` ask for it too. This one ends with the process.
            os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
            # On any system, this makes it listen on loopback only.
            os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
        import ray

        self.ray = ray
        if address is None:
            _start(ray, size)
        else:
            _join(ray, address)
        self.processors = int(ray.cluster_resources().get("CPU", 0))
        if self.processors < size:
            # A process that stays connected ends with the cluster.
            ray.shutdown()
            raise SentimentError(
                f"The Ray cluster has {self.processors} processors for {size} actors: give fewer --workers."
            )

    def require_alive(self) -> None:
        """Raise a SentimentError if the machine of this process is not in the cluster any more.

        A raylet ends, and its actors with it, when one of its agents is killed; nothing can be scored then.
        """
        ours = self.ray.get_runtime_context().get_node_id()
        try:
            alive = any(node["Alive"] for node in self.ray.nodes() if node["NodeID"] == ours)
        except (self.ray.exceptions.RayError, ConnectionError, RuntimeError) as error:
            raise SentimentError(LOST.format(error=first_line(error))) from error
        if not alive:
            raise SentimentError(LOST.format(error="its node on this machine is dead"))


def _start(ray: Any, size: int) -> None:
    try:
        # Without an address, Ray would join any cluster that it finds here.
        ray.init(
            "local",
            num_cpus=size,
            object_store_memory=STORE_BYTES,
            include_dashboard=False,
            log_to_driver=False,
            logging_level="error",
        )
    except Exception as error:  # noqa: BLE001 - Ray raises what it finds
        raise SentimentError(f"Ray cannot be started on this machine ({first_line(error)}): try again.") from error


def _join(ray: Any, address: str) -> None:
    try:
        host, _, port = address.rpartition(":")
        if host and port.isdecimal():
            socket.create_connection((host, int(port)), PATIENCE).close()
        ray.init(address, log_to_driver=False, logging_level="error")
    except (ray.exceptions.RayError, ConnectionError, RuntimeError, ValueError, OSError, TimeoutError) as error:
        # Ray says only in its log that the token is wrong. It sends one by itself only to "auto": whoever names another
        # address decides whether it is trusted with it.
        raise SentimentError(
            f"Ray cannot be reached at {address} ({first_line(error)}): check --address. If the cluster asks for a "
            "token, set RAY_AUTH_MODE=token, and RAY_AUTH_TOKEN or RAY_AUTH_TOKEN_PATH to that of its head, which is "
            "~/.ray/auth_token there."
        ) from error
