"""The machine's own speed: how fast each library multiplies two matrices in each precision."""

import os
import time
from collections.abc import Callable

import numpy as np

# Large enough that the multiplication takes nearly all of the time, and small enough for the processor's cache.
SIZE = 2048
REPEATS = 5


def _torch(dtype: str) -> Callable[[], object]:
    import torch

    first, second = (torch.randn(SIZE, SIZE).to(getattr(torch, dtype)) for _ in range(2))
    return lambda: first @ second


def _openvino(dtype: str) -> Callable[[], object]:
    import openvino
    from openvino import opset13 as ops

    values = np.random.default_rng(0).standard_normal((2, SIZE, SIZE)).astype(np.float32)
    rows = ops.parameter([SIZE, SIZE], np.float32)
    left, right = rows, ops.constant(values[1])
    if dtype == "int8":
        bounds = [np.float32(bound) for bound in (-4, 4, -4, 4)]
        left = ops.fake_quantize(left, *bounds, levels=256)
        right = ops.fake_quantize(right, *bounds, levels=255)
    model = openvino.Model([ops.matmul(left, right, False, False)], [rows])
    options = {
        "INFERENCE_PRECISION_HINT": "f32" if dtype == "float32" else "bf16",
        "NUM_STREAMS": 1,
        "INFERENCE_NUM_THREADS": len(os.sched_getaffinity(0)),
    }
    request = openvino.Core().compile_model(model, "CPU", options).create_infer_request()
    request.set_input_tensor(openvino.Tensor(values[0]))
    return request.infer


def _onnxruntime(dtype: str) -> Callable[[], object]:
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    values = np.random.default_rng(0).standard_normal((2, SIZE, SIZE)).astype(np.float32)
    constants, nodes, factors = {"right": values[1]}, [], ["rows", "right"]
    if dtype == "int8":
        constants = {"right": np.clip(values[1] * 32, -127, 127).astype(np.int8), "zero": np.int8(0)}
        constants |= {"scale": np.float32(1 / 32), "middle": np.uint8(128)}
        nodes = [
            helper.make_node("QuantizeLinear", ["rows", "scale", "middle"], ["small"]),
            helper.make_node("DequantizeLinear", ["small", "scale", "middle"], ["left"]),
            helper.make_node("DequantizeLinear", ["right", "scale", "zero"], ["weights"]),
        ]
        factors = ["left", "weights"]
    graph = helper.make_graph(
        [*nodes, helper.make_node("MatMul", factors, ["product"])],
        "product",
        [helper.make_tensor_value_info("rows", TensorProto.FLOAT, [SIZE, SIZE])],
        [helper.make_tensor_value_info("product", TensorProto.FLOAT, [SIZE, SIZE])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.checker.check_model(model)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return lambda: session.run(None, {"rows": values[0]})


LIBRARIES = {"torch": _torch, "openvino": _openvino, "onnxruntime": _onnxruntime}


def matrix_rates(wanted: list[tuple[str, str]]) -> Callable[[], dict[str, float]]:
    """Prepare the multiplications; the function that comes back measures them.

    Args:
        wanted: libraries with precisions.

    Returns:
        A function that returns "library precision" -> billions of multiplications and additions per second, the fastest
        of REPEATS.
    """
    products = {f"{library} {dtype}": LIBRARIES[library](dtype) for library, dtype in wanted}

    def measure() -> dict[str, float]:
        rates = {}
        for name, multiply in products.items():
            times = []
            for _ in range(REPEATS):
                started = time.perf_counter()
                multiply()
                times.append(time.perf_counter() - started)
            rates[name] = 2 * SIZE**3 / min(times) / 1e9
        return rates

    return measure
