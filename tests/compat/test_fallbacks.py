"""Which private parts of other packages are used, and that none of their fall-backs is in use with what is installed.

A failure here costs speed, not answers: docs/versions.md lists what is slower. Find the new name, or drop the part.
"""

import pytest
import torch
from datasets import Dataset
from peft import LoraConfig
from tiny import save_tiny_base
from transformers import AutoModelForSequenceClassification, Trainer, TrainingArguments

from hf_sentiment.adapter.last_layer import compute_first_token_only
from hf_sentiment.backends.torch import has_bf16
from hf_sentiment.errors import SentimentError
from hf_sentiment.training.review_order import ReviewOrder
from hf_sentiment.training.review_trainer import ReviewTrainer
from hf_sentiment.training.speedups.frozen_linear import works_with_installed_peft
from hf_sentiment.training.speedups.lower_layers import can_skip_lower_layers


def test_torch_tells_whether_the_processor_has_bf16(monkeypatch):
    assert has_bf16() == torch.cpu._is_avx512_bf16_supported()
    monkeypatch.delattr(torch.cpu, "_is_avx512_bf16_supported")
    assert not has_bf16()


def test_peft_builds_our_layers():
    assert hasattr(LoraConfig, "_register_custom_module") and works_with_installed_peft()


def test_the_layers_of_an_encoder_are_where_the_speedups_look_for_them(tmp_path):
    model = AutoModelForSequenceClassification.from_pretrained(save_tiny_base(tmp_path)).eval()
    assert can_skip_lower_layers(model, 1)
    assert compute_first_token_only(model)


def test_trainer_takes_our_order_of_the_rows(tmp_path, monkeypatch):
    model = AutoModelForSequenceClassification.from_pretrained(save_tiny_base(tmp_path))
    rows = Dataset.from_dict({"input_ids": [[2, 3]] * 3, "labels": [0, 1, 0], "length": [2] * 3})
    options = TrainingArguments(output_dir=str(tmp_path / "out"), use_cpu=True, report_to="none")
    trainer = ReviewTrainer(model=model, args=options, train_dataset=rows)
    assert isinstance(trainer.get_train_dataloader().batch_sampler.sampler, ReviewOrder)
    monkeypatch.delattr(Trainer, "_get_train_sampler")
    ReviewTrainer(model=model, args=options, train_dataset=rows)
    monkeypatch.setattr(TrainingArguments, "world_size", 2)
    with pytest.raises(SentimentError, match="train with one process"):
        ReviewTrainer(model=model, args=options, train_dataset=rows)


def test_transformers_says_which_attention_a_model_uses(tmp_path):
    model = AutoModelForSequenceClassification.from_pretrained(save_tiny_base(tmp_path))
    model.set_attn_implementation("eager")
    assert model.config._attn_implementation == "eager"
