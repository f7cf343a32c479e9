"""The names of an export's files, as optimum and transformers.js load them; sentiment_config.json is beside them."""

OPENVINO, ONNX, ONNX_INT8 = "openvino_model.xml", "model.onnx", "model_quantized.onnx"
CHECK, TOKENIZER = "check.json", "tokenizer.json"
# The folder of an ONNX export in a merged model's repository.
ONNX_FOLDER = "onnx"
