"""A driver in a process of its own, which can be killed: python scale_driver.py INPUT OUTPUT.

SCALE_ENGINE=ray takes actors of Ray, and SCALE_ADDRESS those of a cluster.
"""

import os
import resource
import sys

from scale_workers import open_hasher, open_slow_hasher

from hf_sentiment.errors import SentimentError
from hf_sentiment.scale import plan
from hf_sentiment.scale.engines.local import LocalPool
from hf_sentiment.scale.score_folder import FolderOptions, score_folder


def ray_pool(setup, size):
    from hf_sentiment.scale.engines.ray import RayPool

    return RayPool(setup, size, os.environ.get("SCALE_ADDRESS"))


def main(source, target):
    plan.SMALL_BYTES = 1000
    if limit := os.environ.get("LARGEST_FILE"):
        # From here on no file can grow beyond this, as on a disk that is full; the workers have the limit too.
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), resource.RLIM_INFINITY))
    options = FolderOptions(chunk_rows=10, unit_rows=20, resume=True, workers=int(os.environ.get("SCALE_WORKERS", 2)))
    make_pool = ray_pool if os.environ.get("SCALE_ENGINE") == "ray" else LocalPool
    opener = open_slow_hasher if os.environ.get("SLOW_HASHER") else open_hasher
    try:
        result = score_folder(opener, source, target, options, make_pool=make_pool)
    except SentimentError as error:
        sys.stdout.write(str(error))
        return 2
    sys.stdout.write(str(result))
    return 3 if result.failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
