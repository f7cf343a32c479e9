import json
from pathlib import Path

import pytest

from hf_sentiment import SentimentError
from hf_sentiment.adapter.folder import DEFAULT_FOLDER
from hf_sentiment.adapter.peft_schema import check_peft_config

PATH = Path("adapter_config.json")


def test_the_shipped_config_passes_and_null_is_not_given():
    content = json.loads((DEFAULT_FOLDER / "adapter_config.json").read_text())
    check_peft_config(content, PATH)
    check_peft_config(dict.fromkeys(content), PATH)
    check_peft_config({}, PATH)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("r", 20_000),
        ("r", 0),
        ("r", True),
        ("r", "4"),
        ("r", 4.5),
        ("lora_alpha", [1]),
        ("lora_alpha", -1),
        ("lora_alpha", 10**400),
        ("lora_dropout", 10**400),
        ("alpha_pattern", {"query": "x"}),
        ("alpha_pattern", {"query": 10**400}),
        ("lora_dropout", "x"),
        ("use_dora", 1),
        ("target_modules", 3),
        ("target_modules", [3]),
        ("target_modules", ["a"] * 3000),
        ("target_modules", "("),
        ("target_modules", "(a+)+$" * 20 + "x" * 400),
        ("target_modules", "([a-z._]*[a-z._]*)*x!"),
        ("exclude_modules", "(.*)*(.*)*(.*)*Q"),
        ("modules_to_save", "classifier"),
        ("modules_to_save", [["classifier"]]),
        ("rank_pattern", {"([a-z._]+)+Q": 4}),
        ("rank_pattern", {"query": 10**9}),
        ("alpha_pattern", [1]),
        ("layers_to_transform", "all"),
        ("bias", 1),
        ("base_model_name_or_path", {"id": "x"}),
        ("revision", 3),
        ("megatron_config", {"a": 1}),
        ("loftq_config", {"loftq_bits": 4}),
        ("layer_replication", [[0, 100]]),
    ],
)
def test_a_wrong_field_is_named(field, value):
    with pytest.raises(SentimentError, match=f"adapter_config.json.* {field.replace('rank_pattern', '')}"):
        check_peft_config({field: value}, PATH)
