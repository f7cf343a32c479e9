"""An adapter trained for two steps on a tiny base of any architecture."""

import torch
from peft import get_peft_model
from tiny import tiny_tokenizer

from hf_sentiment.adapter.base_model import locate_base
from hf_sentiment.adapter.classifier import load_classifier
from hf_sentiment.adapter.lora_targets import lora_config
from hf_sentiment.adapter.saving import save_adapter
from hf_sentiment.core.config import MULTI_LABEL, SINGLE_LABEL, SentimentConfig

TEXTS = ["great product, really", "it broke after two days and nobody answered", "meh"]


def train_two_steps(folder, base_folder, labels, problem_type=SINGLE_LABEL, **lora):
    """An adapter trained for two steps and saved; returns its logits on TEXTS."""
    base = locate_base(str(base_folder), hub_id=f"user/{base_folder.name}")
    config = SentimentConfig(labels, problem_type=problem_type, max_length=32, base=base.record())
    torch.manual_seed(0)
    classifier = load_classifier(base, config)
    options = {"r": 4, "alpha": 8} | lora
    model = get_peft_model(classifier.model, lora_config(classifier, options.pop("target", "all-linear"), **options))
    batch = tiny_tokenizer()(TEXTS, padding=True, return_tensors="pt")
    truth = torch.arange(len(TEXTS)) % len(labels)
    if problem_type == MULTI_LABEL:
        truth = torch.eye(len(labels))[truth]
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-2)
    model.train()
    for _ in range(2):
        model(**batch, labels=truth).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    save_adapter(model.eval(), tiny_tokenizer(), config, folder)
    with torch.no_grad():
        return model(**batch).logits
