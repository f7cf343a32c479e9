"""An adapter in forms that need neither PEFT nor this package: for stock transformers, OpenVINO and ONNX Runtime.

In each the adapter is merged into its base, and the temperature divided into the head: their softmax is calibrated.
"""

from hf_sentiment.exports.graphs import export_onnx, export_openvino
from hf_sentiment.exports.merged import export_merged

__all__ = ["EXPORTS", "export_merged", "export_onnx", "export_openvino"]

EXPORTS = {"merged": export_merged, "openvino": export_openvino, "onnx": export_onnx}
