"""`python -m hf_sentiment.cli`."""

import sys

from hf_sentiment.cli import main

sys.exit(main())
