"""The card: the whole of it, what the Hub makes of its metadata, and what people change in it."""

import json
import re
import shlex
import shutil

import pytest
from hub_cards import readme_errors
from huggingface_hub import ModelCard, ModelCardData
from huggingface_hub.repocard_data import eval_results_to_model_index, model_index_to_eval_results
from reports import demo_report

from hf_sentiment import SentimentError
from hf_sentiment.cli import _parser
from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.hub import publish, write_card
from hf_sentiment.hub.card import evaluate_command
from hf_sentiment.hub.edits import Parts, keep_edits
from hf_sentiment.hub.metadata import check_card
from hf_sentiment.reports.plots import draw_pictures

TOKEN = "hf_test"
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

A LoRA adapter for `user/tiny-bert` that reads a review and answers Negative, Positive\. It gives
the right answer for [\d.]+ % of 180 test reviews it had never seen \(95 % interval [\d.]+ to [\d.]+ %\)\.
Trained and measured with hf_sentiment\.

## Use

```python
import hf_sentiment  # registers the task; pip install hf-sentiment
from transformers import pipeline

classify = pipeline\("sentiment-lora", model="USER/NAME"\)
classify\("I loved this product!"\)
```

Labels, tokenizer, text template and window \(48 tokens\) come with the adapter\. A title goes in as
`{"title": "\.\.\.", "text": "\.\.\."}`\. `classify\(review, explain=True\)` says what each word adds to the answer\.

## How good it is

Measured on 180 test reviews of demo\.csv, which were used for nothing else:

\| \| accuracy \| 95 % interval \| macro F1 \| ROC-AUC \| Matthews \|
\| --- \| --- \| --- \| --- \| --- \| --- \|
\| this adapter \| [\d.]+ % \| [\d.]+ to [\d.]+ % \| [\d.]+ % \| 0\.\d{3} \| 0\.\d{3} \|
(\| (always the commonest label|TF-IDF and logistic regression, same rows) \| [\d.]+ % \| [\d.]+ to [\d.]+ % \| [\d.]+ % \| [-\d.]+ \| [-\d.]+ \|
){2}
95 % intervals of this adapter's other numbers: macro F1 [\d.]+ to [\d.]+ %, ROC-AUC 0\.\d{3} to 0\.\d{3}, Matthews 0\.\d{3} to 0\.\d{3}\.

\| label \| precision \| recall \| F1 \| reviews \|
\|---\|---\|---\|---\|---\|
\| Negative \|( [\d.]+ % \|){3} 90 \|
\| Positive \|( [\d.]+ % \|){3} 90 \|

(- .+
)*\n?!\[Confusion matrix\]\(evaluation/confusion_matrix\.png\)

!\[Scores of right and wrong answers\]\(evaluation/scores\.png\)

All numbers: `evaluation/report\.json`; all of it on one page: `evaluation/report\.html`\.

## What a score is worth

A score differs from the share of right answers at that score by [\d.]+ points on average \(expected calibration error\); by [\d.]+ before calibration\.
Brier score 0\.\d{3}, 0\.\d{3} before\.
Logits are divided by the temperature [\d.]+, chosen on validation rows\.

Where a wrong answer costs more than none, the unsure reviews are left to a person\. The thresholds were chosen on
validation reviews, the rest was counted on the test reviews; `classify\(review, target_error=0\.05\)` says "undecided" by them:

\| wrong at most \| undecided below \| left undecided \| wrong among the rest \| 95 % interval \|
\| --- \| --- \| --- \| --- \| --- \|
(\| (5|10) % \| 0\.\d+ \| [\d.]+ % \| [\d.]+ % \| [\d.]+ to [\d.]+ % \|
){2}
!\[Calibration: share of right answers by score\]\(evaluation/reliability\.png\)

## Where it errs

Accuracy by kind of review, the weakest first\. Kinds in bold differ from the rest beyond chance, corrected for their
number\.

\| kind \| what it is \| reviews \| accuracy \| 95 % interval \|
\|---\|---\|---\|---\|---\|
(\| (\*\*)?[\w :]+(\*\*)? \| [^|\n]+ \| \d+ \| [\d.]+ % \| [\d.]+ to [\d.]+ % \|
){12,}
!\[Accuracy by kind of review\]\(evaluation/slices\.png\)

## Intended use and limits

For reviews of products and services, in the language and of the kind it was trained on: sorting, counting, finding the
unhappy ones\. Not for decisions about people, and not for text of another kind\. It knows only its own labels, so a
lukewarm review comes out on one side or the other, unless it is left undecided\. A score is a measure of confidence, not a promise\.

It errs more than elsewhere on:

(- .+ \(.+\): [\d.]+ % of \d+ right \([\d.]+ to [\d.]+ %\), [\d.]+ points fewer than of the rest\.
)+
To be wrong on about 5 % of the answers and no more, leave what scores below 0\.\d{3} undecided: [\d.]+ % of the reviews\. Of the rest, [\d.]+ % were wrong \([\d.]+ to [\d.]+ %\)\.

## Training

- Labelled reviews of reviews\.csv: \d+ to train, \d+ to choose the epoch, \d+ to test\.
- Base: `user/tiny-bert` at revision `[0-9a-f]{40}`\.
- LoRA: rank 8, alpha 16, dropout 0\.0 on .+; trained whole: bert\.pooler\.dense, classifier\.
- Learning rate 0\.01, batches of 16, at most 5 epochs, seed 42\.
- It took [\d.]+ minutes on (one|\d+) CPU threads?\.
- Licence of the adapter: apache-2\.0\. The base and the reviews keep their own\.
- Environment: hf-sentiment .+, transformers .+, peft .+, accelerate .+, datasets .+, torch .+\.

## How to get this again

Train it:

```
hf-sentiment train --recipe minilm --dataset reviews\.csv --output-dir DIR --base-model user/tiny-bert .+
```

Measure it:

```
hf-sentiment evaluate USER/NAME --dataset demo\.csv
```

<!-- hf_sentiment wrote this card for USER/NAME\. What you change in it stays when it is written anew: entries of
the metadata and sections \(under a heading "## \.\.\."\) that you edit, add or remove\. To have one of those below written
anew, take its line out of this list\.
([\w-]+ [0-9a-f]{8}
)+introduction [0-9a-f]{8}
(## .+ [0-9a-f]{8}
){7}-->
\Z"""  # noqa: E501


@pytest.fixture(scope="module")
def report():
    return demo_report()


@pytest.fixture
def adapter(binary_adapter, report, tmp_path):
    """A tiny adapter's folder with a report that holds everything, its pictures and its card."""
    folder = shutil.copytree(binary_adapter, tmp_path / "adapter")
    (folder / "README.md").unlink()
    _write_report(folder, report)
    draw_pictures(report, folder / "evaluation")
    write_card(folder)
    return folder


def _write_report(folder, report):
    (folder / "evaluation" / "report.json").write_text(json.dumps(report), encoding="utf-8")


def _card(folder) -> str:
    return (folder / "README.md").read_text(encoding="utf-8")


def _edit(folder, *changes):
    text = _card(folder)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / "README.md").write_text(text, encoding="utf-8")


def test_the_whole_card(adapter):
    assert re.match(CARD, _card(adapter)), _card(adapter)


def test_a_trained_adapter_has_a_card(binary_adapter):
    text = _card(binary_adapter)
    assert readme_errors(text) == [] and "| before fine-tuning |" in text
    # None of a missing number's traces.
    assert "None" not in text and "nan" not in text


def test_an_older_report_is_shown_without_what_it_lacks(adapter, report):
    later = ("roc_auc", "matthews", "intervals", "abstention", "slices", "histogram", "mistakes")
    older = {key: value for key, value in report.items() if key not in later} | {"calibration": {"temperature": 1.0}}
    _write_report(adapter, older)
    for picture in ("reliability", "slices", "scores"):
        (adapter / "evaluation" / f"{picture}.png").unlink()
    config = SentimentConfig.load(adapter)
    del config.provenance["training"]
    config.save(adapter)
    write_card(adapter)
    headings = re.findall("^## (.+)", _card(adapter).split("<!--")[0], re.MULTILINE)
    assert headings == ["Use", "How good it is", "Intended use and limits", "Training", "How to get this again"]
    assert "minutes" not in _card(adapter) and "undecided" not in _card(adapter)
    assert re.findall(r"!\[.*?\]\(evaluation/(.*?)\)", _card(adapter)) == ["confusion_matrix.png"]


def test_every_picture_that_is_shown_is_there(adapter):
    shown = re.findall(r"!\[.*?\]\((.*?)\)", _card(adapter))
    assert len(shown) == 4 and all((adapter / name).is_file() for name in shown)


def test_the_hubs_own_parser_reads_the_results_back(adapter, report):
    card = ModelCard.load(adapter / "README.md")
    read = {result.metric_type: result for result in card.data.eval_results}
    keys = {"accuracy": "accuracy", "f1": "macro_f1", "roc_auc": "roc_auc", "matthews_correlation": "matthews"}
    assert {kind: result.metric_value for kind, result in read.items()} == {k: report[v] for k, v in keys.items()}
    assert all(result.dataset_split == "test" and not result.verified for result in read.values())
    index = card.data.to_dict()["model-index"]
    assert eval_results_to_model_index(*model_index_to_eval_results(index)) == index
    assert readme_errors(_card(adapter)) == []


def test_the_hub_takes_the_card_and_gives_back_the_same(hub, adapter):
    publish(adapter, "user/carded", token=TOKEN)
    there = hub.repo_files("user/carded")
    card = ModelCard(there["README.md"].decode())
    assert card.data.to_dict() == ModelCard.load(adapter / "README.md").data.to_dict()
    assert "USER/NAME" not in str(card) and "hf-sentiment evaluate user/carded --dataset demo.csv" in str(card)
    assert {"evaluation/slices.png", "evaluation/reliability.png", "evaluation/report.html"} <= set(there)


def test_faulty_metadata_is_refused_before_it_is_written(adapter, report):
    before = _card(adapter)
    with pytest.raises(SentimentError, match="The card's licence is 'Apache License 2.0'"):
        write_card(adapter, license="Apache License 2.0")
    with pytest.raises(SentimentError, match="The card's language is 'English'"):
        write_card(adapter, language="English")
    _write_report(adapter, report | {"roc_auc": float("nan")})
    with pytest.raises(SentimentError, match="The card's roc_auc is nan"):
        write_card(adapter)
    assert _card(adapter) == before
    with pytest.raises(SentimentError, match="metadata at the head of the card is faulty"):
        check_card(before.replace("  results:", "  outcomes:"))
    _edit(adapter, ("license: ", "license: [mit\nx: "))
    with pytest.raises(SentimentError, match="metadata at the head of a card cannot be read"):
        write_card(adapter)


def test_the_five_lines_run(binary_adapter):
    code = re.search("```python\n(.*?)```", _card(binary_adapter), re.DOTALL)[1]
    lines = [line for line in code.replace("USER/NAME", str(binary_adapter)).splitlines() if line]
    assert len(lines) <= 5
    names: dict = {}
    exec("\n".join(lines[:-1]) + f"\nanswer = {lines[-1]}", names)
    assert names["answer"][0]["label"] in ("Negative", "Positive")


def test_what_people_change_stays_and_the_rest_is_written_anew(adapter, report):
    _edit(
        adapter,
        ("license: apache-2.0", "license: mit\nthumbnail: https://example.org/a.png"),
        ("- text: Terrible experience. It broke after two days.\n", ""),
        ("Not for decisions about people", "Never for decisions about people"),
        ("## Where it errs", "## Thanks\n\n```\n## no heading\n```\n\n## Where it errs"),
        ("\n<!--", "\n## Cite\n\n@misc{me}\n\n<!--"),
    )
    text = _card(adapter)
    start, end = text.index("## Training"), text.index("## How to get this again")
    (adapter / "README.md").write_text(text[:start] + text[end:], encoding="utf-8")
    _write_report(adapter, report | {"accuracy": 0.5})
    for _ in range(2):
        write_card(adapter)
        text = _card(adapter)
        data = ModelCard(text).data
        assert (data.license, data.thumbnail, len(data.widget)) == ("mit", "https://example.org/a.png", 2)
        assert "Never for decisions about people" in text and text.count("## Intended use and limits\n") == 1
        assert "## Training\n" not in text
        assert (
            text.index("## What a score") < text.index("## Thanks\n\n```\n## no heading\n```") < text.index("## Where")
        )
        assert text.index("## How to get this again") < text.index("## Cite\n\n@misc{me}") < text.index("<!--")
        # What nobody touched has the new numbers.
        assert "| this adapter | 50.0 % |" in text and data.eval_results[0].metric_value == 0.5
        assert text.startswith("---\n") and "for 50.0 % of 180 test reviews" in text
    # A line taken out of the list: that section is ours again.
    (adapter / "README.md").write_text(re.sub(r"## Intended use and limits \w{8}\n", "", text), encoding="utf-8")
    write_card(adapter)
    assert "Not for decisions about people" in _card(adapter)


def test_what_is_edited_on_the_hub_survives_the_next_publication(hub, adapter, report):
    publish(adapter, "user/edited", token=TOKEN)
    there = hub.repo_files("user/edited")["README.md"].decode()
    edited = there.replace("unhappy ones.", "unhappy ones, in Welsh.").replace("\n<!--", "\n## Thanks\n\nMum\n\n<!--")
    hub.add_commit("user/edited", {"README.md": edited.replace("license: apache-2.0", "license: mit").encode()})
    _write_report(adapter, report | {"accuracy": 0.5})
    write_card(adapter)
    for _ in range(2):
        publish(adapter, "user/edited", token=TOKEN)
        text = hub.repo_files("user/edited")["README.md"].decode()
        assert "unhappy ones, in Welsh." in text and "## Thanks\n\nMum" in text and "license: mit" in text
        assert "| this adapter | 50.0 % |" in text and 'model="user/edited"' in text
    # The folder as it is on the Hub, its repository named, is no less ours.
    (adapter / "README.md").write_text(text, encoding="utf-8")
    _write_report(adapter, report)
    write_card(adapter)
    assert "## Thanks" in _card(adapter) and "| this adapter | 50.0 % |" not in _card(adapter)
    # What was edited here counts for more.
    _edit(adapter, ("unhappy ones, in Welsh.", "unhappy ones, in Cornish."))
    publish(adapter, "user/edited", token=TOKEN)
    assert "in Cornish." in hub.repo_files("user/edited")["README.md"].decode()


def test_a_card_of_others_leaves_its_own_sections_and_a_template_nothing(adapter):
    ours = _card(adapter)
    assert keep_edits(ours, str(ModelCard.from_template(ModelCardData(license="mit")))) == ours
    assert keep_edits(ours, "---\nlicense: mit\n---\n# mine\n") == ours
    kept = Parts.of(keep_edits(ours, "# mine\n\nWords.\n\n## Use\n\nold\n\n## Story\n\nOnce.\n"))
    assert kept.sections["## Story"] == "## Story\n\nOnce." and "old" not in kept.sections["## Use"]


def test_a_repository_named_like_the_beginning_of_another_is_told_apart():
    signed = "<!-- hf_sentiment wrote this card for user/tiny. x\n## Use 12345678\n-->\n"
    text = "# a\n\n## Use\n\nuser/tiny and user/tiny-bert, user/tiny.\n\n" + signed
    assert Parts.of(text).sections["## Use"] == "## Use\n\nUSER/NAME and user/tiny-bert, USER/NAME."


def test_labels_cannot_break_a_table(adapter, report):
    strange = "a|<b>"
    config = SentimentConfig.load(adapter)
    config.labels = [strange, "Positive"]
    config.save(adapter)
    per_class = {strange: report["per_class"]["Negative"], "Positive": report["per_class"]["Positive"]}
    _write_report(adapter, report | {"per_class": per_class, "labels": config.labels})
    write_card(adapter)
    assert "| a\\|&lt;b> | " in _card(adapter)


def test_the_command_that_measures_again(report):
    told = {"dataset": "r.csv", "arguments": {"seed": 42, "text_column": "the text", "test_size": 50}}
    config = SentimentConfig(["Negative", "Positive"], base={"id": "user/base"}, provenance=told)
    mine = report | {"dataset": "r.csv", "notes": []}
    command = evaluate_command(config, mine)
    assert command == 'hf-sentiment evaluate USER/NAME --dataset r.csv --text-column "the text" --size 50'
    parsed = _parser().parse_args(shlex.split(command)[1:])
    assert (parsed.dataset, parsed.text_column, parsed.size) == ("r.csv", "the text", 50)
    # On other data, the columns of its training rows say nothing.
    assert evaluate_command(config, report | {"split": "validation"}) == (
        "hf-sentiment evaluate USER/NAME --dataset demo.csv --split validation"
    )
    # Rows that evaluate cannot draw again.
    assert evaluate_command(config, mine | {"notes": ["The source has no test split: 20 of its rows ..."]}) is None
    told["arguments"] |= {"seed": 7}
    assert evaluate_command(config, mine) is None
