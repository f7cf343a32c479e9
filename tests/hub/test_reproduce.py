"""The command in the card that repeats the evaluation."""

import shlex

from reports import demo_report

from hf_sentiment.cli import _parser
from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.hub.reproduce import evaluate_command
from hf_sentiment.reviews.dataset import load_reviews
from hf_sentiment.reviews.options import DataOptions


def test_the_command_repeats_the_evaluation_or_is_left_out():
    report = demo_report()
    told = {"dataset": "r.csv", "arguments": {"seed": 42, "text_column": "the text", "test_size": 50}}
    config = SentimentConfig(["Negative", "Positive"], base={"id": "user/base"}, provenance=told)
    mine = report | {"dataset": "r.csv"}
    command = evaluate_command(config, mine)
    assert command == 'hf-sentiment evaluate USER/NAME --dataset r.csv --text-column "the text" --size 50'
    parsed = _parser()[0].parse_args(shlex.split(command)[1:])
    assert (parsed.dataset, parsed.text_column, parsed.size) == ("r.csv", "the text", 50)
    # Other data need not have the columns of the training rows.
    assert evaluate_command(config, report | {"split": "validation"}) == (
        "hf-sentiment evaluate USER/NAME --dataset demo.csv --split validation"
    )
    # Rows that evaluate cannot load again.
    told["test_rows_drawn"] = True
    assert evaluate_command(config, mine) is None
    told["test_rows_drawn"] = False
    assert evaluate_command(config, mine)
    told["arguments"] |= {"seed": 7}
    assert evaluate_command(config, mine) is None


def test_a_training_records_whether_its_test_rows_were_drawn(binary_adapter):
    assert SentimentConfig.load(binary_adapter).provenance["test_rows_drawn"] is True
    assert load_reviews(DataOptions("demo")).test_rows_drawn is False
