"""One adapter folder and the base encoder it was trained on."""

from hf_sentiment.compat.transformers import check_transformers

# Before a module of this folder imports what an older version lacks, which would be reported in its place.
check_transformers()
