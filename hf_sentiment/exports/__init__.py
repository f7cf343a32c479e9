"""Export an adapter to stock transformers, OpenVINO or ONNX Runtime, which need neither PEFT nor this package.

Each export merges the adapter into its base and divides the head by the temperature, so its softmax is calibrated.
"""

from hf_sentiment.exports.merged import export_merged
from hf_sentiment.exports.onnx import export_onnx
from hf_sentiment.exports.openvino import export_openvino

__all__ = ["EXPORTS", "export_merged", "export_onnx", "export_openvino"]

EXPORTS = {"merged": export_merged, "openvino": export_openvino, "onnx": export_onnx}
