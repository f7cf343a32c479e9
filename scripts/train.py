"""Train an adapter: `python scripts/train.py ARGS`, or `accelerate launch scripts/train.py ARGS` for several devices.

The arguments are those of `hf-sentiment train`.
"""

import sys

from hf_sentiment.cli import main

if __name__ == "__main__":
    sys.exit(main(["train", *sys.argv[1:]]))
