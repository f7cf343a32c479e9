"""An adapter in forms that need neither PEFT nor this package: for stock transformers, OpenVINO and ONNX Runtime.

In each the adapter is merged into its base, and the temperature divided into the head: their softmax is calibrated.
"""

from hf_sentiment.exports.merged import export_merged
from hf_sentiment.exports.onnx import export_onnx
from hf_sentiment.exports.openvino import export_openvino

__all__ = ["EXPORTS", "export_merged", "export_onnx", "export_openvino"]

EXPORTS = {"merged": export_merged, "openvino": export_openvino, "onnx": export_onnx}
