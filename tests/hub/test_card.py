"""The whole card, and what it shows for older reports and unusual labels."""

import re

import pytest
from cards import card_text, write_report
from hub_cards import readme_errors
from huggingface_hub import ModelCard
from markdown_it import MarkdownIt

from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.hub import write_card
from hf_sentiment.hub.edits import INTRODUCTION, CardParts
from hf_sentiment.reports.other_datasets import add_other_dataset
from hf_sentiment.reports.report import EvaluationReport

CARD = r"""\A---
base_model: user/tiny-bert
language: en
library_name: peft
license: apache-2\.0
metrics:
- accuracy
- f1
- roc_auc
- matthews_correlation
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
      name: demo\.csv, 180 test reviews
      type: demo\.csv
      split: test
    metrics:
    - type: accuracy
      value: 0\.\d+
      name: Accuracy \(95 % interval 0\.\d{4} to 0\.\d{4}\)
    - type: f1
      value: 0\.\d+
      name: Macro F1 \(95 % interval 0\.\d{4} to 0\.\d{4}\)
    - type: roc_auc
      value: 0\.\d+
      name: ROC-AUC \(95 % interval 0\.\d{4} to 0\.\d{4}\)
    - type: matthews_correlation
      value: 0\.\d+
      name: Matthews correlation \(95 % interval 0\.\d{4} to 0\.\d{4}\)
---

# tiny-bert LoRA sentiment adapter

A LoRA adapter for `user/tiny-bert` that classifies reviews as Negative, Positive\. It gives
the correct label for [\d.]+ % of 180 unseen test reviews of demo\.csv \(95 % interval [\d.]+ to [\d.]+ %\)\.
For comparison, on the same reviews: majority class 50\.0 %; TF-IDF and logistic regression, same rows [\d.]+ %\.

## Use

```python
import hf_sentiment  # registers the task; pip install \. in a clone of hf_sentiment
from transformers import pipeline

classify = pipeline\("sentiment-lora", model="USER/NAME"\)
classify\("I loved this product!"\)
```

Labels, tokenizer, text template and window \(48 tokens\) come with the adapter\. Pass a title as
`{"title": "\.\.\.", "text": "\.\.\."}`\. `classify\(review, explain=True\)` shows how much each word contributes to the answer\.

## Intended use and limitations

For reviews of products and services, in the language and of the kind it was trained on: sorting and counting reviews,
finding dissatisfied customers\. Not for decisions about people, and not for other kinds of text\. It knows only its own
labels, so a lukewarm review gets one of them unless it is left undecided\. A score measures confidence and is no guarantee\.

(For none of the kinds of review listed below is its accuracy significantly lower than for the rest\.
|Its accuracy is significantly lower for:

(- .+ \(.+\): [\d.]+ % of \d+ correct \([\d.]+ to [\d.]+ %\), [\d.]+ points below the rest\.
){1,3})
For an error rate of at most 5 % \(with 95 % confidence, on reviews like the validation reviews\), leave reviews with a score below 0\.\d{3} undecided: [\d.]+ % of the test reviews\. Of the rest, [\d.]+ % were wrong \([\d.]+ to [\d.]+ %\)\.

## Evaluation

Measured on 180 test reviews of demo\.csv, which were not used for training or any choice\.
All numbers are in `evaluation/report\.json`, and on one page, with curves and a threshold to choose, in
`evaluation/report\.html`\.

(- .+
)*\n?<details>
<summary>Comparison with baselines, results by label, confusion matrix</summary>

\| \| accuracy \| 95 % interval \| macro F1 \| ROC-AUC \| Matthews correlation \| labelled reviews seen \|
\| --- \| --- \| --- \| --- \| --- \| --- \| --- \|
\| this adapter \| [\d.]+ % \| [\d.]+ to [\d.]+ % \| [\d.]+ % \| 0\.\d{3} \| 0\.\d{3} \| [\d,]+, after [\d,]+ of its starting adapter \|
(\| (majority class|TF-IDF and logistic regression, same rows) \| [\d.]+ % \| [\d.]+ to [\d.]+ % \| [\d.]+ % \| [-\d.]+ \| [-\d.]+ \| (-|[\d,]+) \|
){2}
95 % intervals of the adapter's other metrics: macro F1 [\d.]+ to [\d.]+ %, ROC-AUC 0\.\d{3} to 0\.\d{3}, Matthews correlation 0\.\d{3} to 0\.\d{3}\.

\| label \| precision \| recall \| F1 \| reviews \|
\| --- \| --- \| --- \| --- \| --- \|
\| Negative \|( [\d.]+ % \|){3} 90 \|
\| Positive \|( [\d.]+ % \|){3} 90 \|

!\[Confusion matrix: .+\]\(evaluation/confusion_matrix\.png\)

!\[Scores of correct and wrong answers\.\]\(evaluation/scores\.png\)

</details>

## Calibration

A score differs from the accuracy of answers with that score by [\d.]+ points on average \(expected calibration error\); before calibration, by [\d.]+ points\.

<details>
<summary>Brier score, temperature, target error rates</summary>

Brier score 0\.\d{3}; before calibration, 0\.\d{3}\.
Logits are divided by a temperature of [\d.]+, fitted on validation reviews\.

If a wrong answer costs more than no answer, set a target error rate: `classify\(review, target_error=0\.05\)` marks
uncertain answers as undecided\. The thresholds were chosen on validation reviews; with 95 % confidence, each keeps its
target error on reviews like these\. The other numbers were measured on the test reviews:

\| target error \| undecided below \| undecided \| error among the rest \| 95 % interval \|
\| --- \| --- \| --- \| --- \| --- \|
(\| (5|10) % \| 0\.\d+ \| [\d.]+ % \| [\d.]+ % \| [\d.]+ to [\d.]+ % \|
){2}
No threshold for target errors of 1 % \(299\), 2 % \(149\): .+; there were \d+ \(--validation-size\)\.

!\[Calibration: .+\]\(evaluation/reliability\.png\)

</details>

## Accuracy by kind of review

<details>
<summary>\d+ kinds of review</summary>

Lowest accuracy first\. Kinds in bold differ significantly from the rest \(Fisher's exact test with Holm's correction,
p < 0\.05\)\.

\| kind \| description \| reviews \| accuracy \| 95 % interval \|
\| --- \| --- \| --- \| --- \| --- \|
(\| (\*\*)?[\w :]+(\*\*)? \| [^|\n]+ \| \d+ \| [\d.]+ % \| [\d.]+ to [\d.]+ % \|
){7,}
!\[Accuracy by kind of review, .+\]\(evaluation/slices\.png\)

</details>

## Training

Labelled reviews of reviews\.csv: \d+ for training, \d+ for validation, \d+ for testing\.

<details>
<summary>Base model, hyper-parameters, environment</summary>

- Training started from the adapter default, an earlier version, trained on [\d,]+ labelled reviews of .+\.
- Base model: `user/tiny-bert` at revision `[0-9a-f]{40}`\.
- LoRA: rank 8, alpha 16, dropout 0\.0 on .+; fully trained modules: bert\.pooler\.dense, classifier\.
- Learning rate 0\.01, batch size 16, at most 5 epochs, seed 42\.
- The epoch was chosen by accuracy on the validation reviews\.
- Training took [\d.]+ minutes on (one|\d+) CPU threads?\.
- Licence of the adapter: apache-2\.0\. The base model and the reviews have licences of their own\.
- Environment: hf-sentiment .+, transformers .+, peft .+, accelerate .+, datasets .+, torch .+\.
- `training_rows\.txt` has a fingerprint of each training and validation review, and no text\. `hf-sentiment evaluate` finds
  by them which reviews of a file the adapter has already seen\.

</details>

## Reproduction

<details>
<summary>The commands that train and evaluate it again</summary>

Train:

```
hf-sentiment train --recipe minilm --dataset reviews\.csv --output-dir DIR --base-model user/tiny-bert .+
```

Evaluate:

```
hf-sentiment evaluate USER/NAME --dataset demo\.csv
```

</details>

<!-- hf_sentiment wrote this card for USER/NAME\. When it writes the card again, it keeps the metadata
entries and the sections \(under a heading "## \.\.\."\) that you edited, added or removed\. To have an edited one written
again, delete its line from this list\.
([\w-]+ [0-9a-f]{8}
)+introduction [0-9a-f]{8}
(## .+ [0-9a-f]{8}
){7}-->
\Z"""  # noqa: E501


def test_the_wholecard_text(adapter):
    assert re.match(CARD, card_text(adapter)), card_text(adapter)


def test_a_trained_adapter_has_acard_text(binary_adapter):
    text = card_text(binary_adapter)
    assert readme_errors(text) == [] and "| before fine-tuning |" in text
    # Missing numbers leave no trace.
    assert "None" not in text and "nan" not in text


def test_an_older_report_is_shown_without_what_it_lacks(adapter, report):
    later = ("roc_auc", "matthews", "intervals", "abstention", "slices", "histogram", "mistakes")
    older = {key: value for key, value in report.items() if key not in later} | {"calibration": {"temperature": 1.0}}
    write_report(adapter, older)
    for picture in ("reliability", "slices", "scores"):
        (adapter / "evaluation" / f"{picture}.png").unlink()
    config = SentimentConfig.load(adapter)
    del config.provenance["training"]
    config.save(adapter)
    write_card(adapter)
    headings = re.findall("^## (.+)", card_text(adapter).split("<!--")[0], re.MULTILINE)
    assert headings == ["Use", "Intended use and limitations", "Evaluation", "Training", "Reproduction"]
    assert "minutes" not in card_text(adapter) and "undecided" not in card_text(adapter)
    assert re.findall(r"!\[.*?\]\(evaluation/(.*?)\)", card_text(adapter)) == ["confusion_matrix.png"]


def test_only_reviews_known_to_be_unseen_are_called_so(adapter, report):
    unseen, unused = "unseen test reviews", "which were not used for training or any choice"
    assert unseen in card_text(adapter) and unused in card_text(adapter)
    # Evaluated later, with an adapter that does not list its training rows.
    unknown = {key: value for key, value in report.items() if key not in ("leaked", "splits")}
    write_report(adapter, unknown)
    write_card(adapter)
    assert unseen not in card_text(adapter) and unused not in card_text(adapter)


@pytest.mark.parametrize(("leaked", "unused"), [(0, True), (12, False), (None, False)])
def test_other_datasets_are_called_unused_only_if_none_leaked(adapter, report, leaked, unused):
    title = "Accuracy on other datasets, which were not used for training or any choice"
    for name, rows in (("Books", 0), ("Games", leaked)):
        add_other_dataset(adapter / "evaluation", name, EvaluationReport(**report | {"leaked": rows}))
    write_card(adapter)
    assert "Accuracy on other datasets" in card_text(adapter) and (title in card_text(adapter)) == unused


def test_every_picture_that_is_shown_is_there(adapter):
    shown = re.findall(r"!\[.*?\]\((.*?)\)", card_text(adapter))
    assert len(shown) == 4 and all((adapter / name).is_file() for name in shown)


def test_the_five_lines_run(binary_adapter):
    code = re.search("```python\n(.*?)```", card_text(binary_adapter), re.DOTALL)[1]
    lines = [line for line in code.replace("USER/NAME", str(binary_adapter)).splitlines() if line]
    assert len(lines) <= 5
    names: dict = {}
    exec("\n".join(lines[:-1]) + f"\nanswer = {lines[-1]}", names)
    assert names["answer"][0]["label"] in ("Negative", "Positive")


NASTY = "</details><img src=x onerror=alert(1)>|`# *x* [y](z)"


def test_names_of_others_stay_text(adapter, report):
    config = SentimentConfig.load(adapter)
    config.labels = [NASTY, "Positive"]
    config.provenance["dataset"] = NASTY
    config.save(adapter)
    per_class = {NASTY: report["per_class"]["Negative"], "Positive": report["per_class"]["Positive"]}
    strange = {"dataset": NASTY, "split": NASTY, "notes": [NASTY], "labels": config.labels, "per_class": per_class}
    slices = [
        each | {"name": NASTY, "description": NASTY, "differs": True, "difference": -0.2} for each in report["slices"]
    ]
    write_report(adapter, report | strange | {"slices": slices})
    write_card(adapter)
    body = ModelCard(card_text(adapter)).text.split("<!-- hf_sentiment")[0].split("## Reproduction")[0]
    tokens = MarkdownIt("commonmark").enable("table").parse(body)
    inline = [child for token in tokens for child in token.children or []]
    html = [token.content.strip() for token in [*tokens, *inline] if token.type in ("html_block", "html_inline")]
    assert {line for block in html for line in block.splitlines() if not line.startswith("<summary>")} == {
        "<details>",
        "</details>",
    }
    assert not [child for child in inline if child.type == "link_open"]
    assert {token.tag for token in tokens if token.type == "heading_open"} == {"h1", "h2"}
    assert len(re.findall("^## ", body, re.MULTILINE)) == sum(token.tag == "h2" for token in tokens) / 2
    assert NASTY in "".join(child.content for child in inline)


def test_only_the_first_screen_is_open(adapter):
    parts = CardParts.of(card_text(adapter)).sections
    for name, text in parts.items():
        assert text.count("<details>") == text.count("</details>") <= 1
        if name in (INTRODUCTION, "## Use", "## Intended use and limitations"):
            assert "<details>" not in text and "|" not in text
        else:
            # A fold is read as Markdown only between empty lines.
            assert re.search(r"\n\n<details>\n<summary>[^<]+</summary>\n\n", text) and text.endswith("\n\n</details>")
    assert list(parts)[:3] == [INTRODUCTION, "## Use", "## Intended use and limitations"]
