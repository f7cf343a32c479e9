import json

import torch
from safetensors.torch import load_file

from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.reviews.fingerprints import read_training_rows


def test_a_run_may_continue_from_an_adapter(train_tiny, binary_adapter):
    lines = []
    result = train_tiny(init_adapter=str(binary_adapter), rows=60, learning_rate=1e-6, epochs=1, say=lines.append)
    # What was learnt is there from the start, and so are its layers; the folder's path is not.
    assert result.report.accuracy > 0.8
    ours, theirs = (
        json.loads((folder / "adapter_config.json").read_text()) for folder in (result.output_dir, binary_adapter)
    )
    assert ours["target_modules"] == theirs["target_modules"] and ours["r"] == theirs["r"]
    # The rows that were seen before were seen.
    assert read_training_rows(binary_adapter) < read_training_rows(result.output_dir)
    assert SentimentConfig.load(result.output_dir).provenance["arguments"]["init_adapter"] == "adapter"


def test_a_run_may_continue_from_an_adapter_for_other_labels(train_tiny, binary_adapter):
    options = {"init_adapter": str(binary_adapter), "rows": 90, "learning_rate": 1e-9, "epochs": 1}
    labels = ("Negative", "Neutral", "Positive")
    names = "Negative=NEGATIVE,Neutral=Neutral,Positive=positive"
    wider = train_tiny(labels=labels, label_map=names, fit_head="never", **options).output_dir
    fitted = train_tiny(labels=labels, label_map=names, **options).output_dir
    other = train_tiny(label_map="Negative=Dull,Positive=Funny", **options).output_dir
    old, three, new, two = (
        load_file(folder / "adapter_model.safetensors") for folder in (binary_adapter, wider, fitted, other)
    )
    head = "base_model.model.classifier.weight"
    assert all(
        torch.allclose(old[key], other[key], atol=1e-6)
        for other in (three, new, two)
        for key in old
        if head[:-6] not in key
    )
    # Labels are matched by name; a head with new ones is fitted whole, if it may be.
    assert torch.allclose(three[head][[0, 2]], old[head], atol=1e-6)
    assert not torch.allclose(new[head][[0, 2]], old[head], atol=1e-3)
    assert not torch.allclose(two[head], old[head], atol=1e-3)
