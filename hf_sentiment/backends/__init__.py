"""Run the model on torch, OpenVINO or ONNX Runtime: the same scores, at different speeds.

Each is a `hf_sentiment.core.backend.Backend`.
"""
