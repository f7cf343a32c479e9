"""Answers from an exported adapter with numpy, tokenizers and OpenVINO or ONNX Runtime alone.

    from hf_sentiment.runtime import load

    classify = load("exported")
    classify("I loved this product!")

torch and transformers are never imported and need not be installed.
"""

from hf_sentiment.runtime.classifier import RuntimeClassifier
from hf_sentiment.runtime.loading import load

__all__ = ["RuntimeClassifier", "load"]
