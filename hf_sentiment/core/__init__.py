"""Turn reviews into calibrated scores with numpy and `tokenizers` alone: the one code path behind every interface."""
