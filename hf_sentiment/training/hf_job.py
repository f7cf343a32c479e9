r"""Train on Hugging Face Jobs, with a process for each GPU of the machine.

`hf-sentiment jobs train` prints and submits the command, which on the machine becomes:

    python -m hf_sentiment.training.hf_job --dataset USER/REVIEWS --output-dir adapter --push-to-hub USER/ADAPTER
"""

import sys

from torch.distributed.run import main

if __name__ == "__main__":
    main(["--standalone", "--nproc-per-node", "auto", "-m", "hf_sentiment.cli", "train", *sys.argv[1:]])
