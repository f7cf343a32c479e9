import re

from huggingface_hub import ModelCard

CARD = r"""\A---
base_model: user/tiny-bert
language: en
library_name: peft
license: apache-2\.0
metrics:
- accuracy
- f1
pipeline_tag: text-classification
tags:
- base_model:adapter:user/tiny-bert
- lora
- transformers
- sentiment-analysis
- sentiment-lora
base_model_relation: adapter
widget:
(- text: .+\n){3}model-index:
- name: tiny-bert LoRA sentiment adapter
  results:
  - task:
      type: text-classification
    dataset:
      name: reviews\.csv, \d+ test reviews
      type: reviews\.csv
      split: test
    metrics:
    - type: accuracy
      value: [\d.]+
      name: Accuracy
    - type: f1
      value: [\d.]+
      name: Macro F1
---

# tiny-bert LoRA sentiment adapter

A LoRA adapter for `user/tiny-bert` that reads a review and answers
Negative, Positive\.
It was trained and measured with hf_sentiment\.

## Use

```python
import hf_sentiment  # registers the task; pip install hf-sentiment
from transformers import pipeline

classify = pipeline\("sentiment-lora", model="USER/NAME"\)
classify\("I loved this product!"\)
```

Labels, tokenizer, text template and window \(48 tokens\) come with the adapter\. A title goes in as
`{"title": "\.\.\.", "text": "\.\.\."}`\.

## How good it is

Measured on \d+ test reviews of reviews\.csv, which were used for nothing else:

\| \| accuracy \| 95 % interval \| macro F1 \|
\|---\|---\|---\|---\|
\| this adapter \| [\d.]+ % \| [\d.]+ to [\d.]+ % \| [\d.]+ % \|
\| before fine tuning \| [\d.]+ % \| [\d.]+ to [\d.]+ % \| [\d.]+ % \|
\| majority class \| [\d.]+ % \| [\d.]+ to [\d.]+ % \| [\d.]+ % \|
\| tfidf logistic regression \| [\d.]+ % \| [\d.]+ to [\d.]+ % \| [\d.]+ % \|

\| label \| precision \| recall \| F1 \| reviews \|
\|---\|---\|---\|---\|---\|
\| Negative \|( [\d.]+ % \|){3} \d+ \|
\| Positive \|( [\d.]+ % \|){3} \d+ \|

!\[Confusion matrix\]\(evaluation/confusion_matrix\.png\)

All numbers: `evaluation/report\.json`\.

## Training

- Labelled reviews of reviews\.csv: \d+ to train, \d+ to choose the epoch, \d+ to test\.
(- .+\n)+- Base: `user/tiny-bert` at revision `[0-9a-f]{40}`\.
- LoRA: rank 8, alpha 16, dropout 0\.0 on .+; trained whole: bert\.pooler\.dense, classifier\.
- Learning rate 0\.01, batches of 16, at most 5 epochs, seed 42; [\d.]+ minutes\.
- Versions: hf-sentiment .+, transformers .+, peft .+, accelerate .+, datasets .+, torch .+\.

To train it again:

```
hf-sentiment train --recipe minilm --dataset reviews\.csv --output-dir DIR --base-model user/tiny-bert .+
```

## Intended use and limits

(.+\n)+\Z"""


def test_the_whole_card(binary_adapter):
    text = (binary_adapter / "README.md").read_text(encoding="utf-8")
    assert re.match(CARD, text), text


def test_the_hubs_own_parser_reads_the_results_back(binary_adapter):
    card = ModelCard.load(binary_adapter / "README.md")
    accuracy = next(result for result in card.data.eval_results if result.metric_type == "accuracy")
    assert 0 <= accuracy.metric_value <= 1 and not accuracy.verified
