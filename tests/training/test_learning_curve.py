"""The learning curve that a run leaves in its report."""

import json

from transformers import TrainerState

from hf_sentiment.training.learning_curve import learning_curve


def test_a_run_keeps_its_learning_curve(binary_adapter):
    curve = json.loads((binary_adapter / "evaluation" / "report.json").read_text())["learning_curve"]
    assert curve["metric"] == "accuracy"
    steps = [point["step"] for point in curve["validation"]]
    assert steps == sorted(set(steps)) and curve["kept_step"] in steps
    assert all({"step", "epoch", "loss", "value"} == set(point) for point in curve["validation"])
    assert curve["training"][0]["loss"] > curve["training"][-1]["loss"] > 0
    best = max(curve["validation"], key=lambda point: (point["value"], point["step"]))
    assert best["step"] == curve["kept_step"] and best["value"] > 0.8


def test_a_long_run_keeps_few_points_and_no_loss_that_is_no_number():
    log = [{"step": step, "epoch": step / 100, "loss": 1 / step} for step in range(10, 5010, 10)]
    log += [{"step": 5020, "epoch": 50.2, "loss": float("nan")}]
    log += [{"step": 5020, "epoch": 50.2, "eval_loss": 0.3, "eval_macro_f1": 0.8}]
    curve = learning_curve(TrainerState(log_history=log, best_global_step=5020), "macro_f1")
    assert len(curve["training"]) == 120
    assert curve["training"][0]["step"] == 10 and curve["training"][-1] == {"step": 5020, "epoch": 50.2}
    assert curve["validation"] == [{"step": 5020, "epoch": 50.2, "loss": 0.3, "value": 0.8}]
    json.dumps(curve, allow_nan=False)
    assert learning_curve(TrainerState(), "accuracy") == {}
