"""What runs the model: torch, OpenVINO, ONNX Runtime. The same scores, at different speeds.

Each is a `hf_sentiment.core.backend.Backend`.
"""
