"""Export an adapter to stock transformers, OpenVINO or ONNX Runtime, which need neither PEFT nor this package.

Each export merges the adapter into its base and divides the head by the temperature, so its softmax is calibrated.
"""

from hf_sentiment.exports.graph import add_onnx, export_graph
from hf_sentiment.exports.merged import export_merged

__all__ = ["add_onnx", "export_graph", "export_merged"]
