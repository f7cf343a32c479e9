"""Where the model runs: the same scores, at different speeds.

A backend has one method, `run(batches)`: it takes (indices, batch) pairs, a batch being padded arrays of shape
(reviews, tokens), and gives (indices, logits) pairs, in whatever order they are done. Its `length_step` says to which
multiple of tokens its batches are padded.
"""

from hf_sentiment.backends.torch import TorchBackend

__all__ = ["BACKENDS", "DTYPES", "TorchBackend"]

BACKENDS = ("torch", "openvino")
DTYPES = ("auto", "float32", "bfloat16", "int8")
