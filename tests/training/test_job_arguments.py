"""A job's options: what reaches the machine, and what cannot."""

from dataclasses import fields

import pytest

from hf_sentiment import SentimentError
from hf_sentiment.cli.dataclass_options import Words, parse_options
from hf_sentiment.training.arguments import TrainArguments
from hf_sentiment.training.job_arguments import JobArguments

NEEDED = {"code": "https://example.com/o/r", "dataset": "user/reviews", "push_to_hub": "user/adapter"}


def test_the_machine_gets_the_options_of_training_as_they_were_given():
    given = {
        "label_map": "1=Negative,5=Positive",
        "learning_rate": 3e-4,
        "header": False,
        "private": True,
        "epochs": 2.0,
    }
    arguments = JobArguments(**NEEDED, **given, flavor="l4x1")
    words = arguments.train_words()
    there = TrainArguments(**parse_options(TrainArguments, words, Words("train", "")))
    assert there == TrainArguments(**{each.name: getattr(arguments, each.name) for each in fields(TrainArguments)})
    assert there.label_map == given["label_map"] and there.header is False and there.output_dir == "adapter"
    assert not {"--flavor", "--code"} & set(words)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"code": None}, "jobs train needs --code: the git address"),
        ({"push_to_hub": None}, "needs --push-to-hub USER/ADAPTER: the machine's disk is gone"),
        (
            {"dataset": "{here}"},
            r"--dataset \S+ is on this machine, .*: run hf upload USER/REVIEWS \S+ --repo",
        ),
        ({"test_file": "absent.csv"}, "--test-file absent.csv is on this machine, .*: leave it out"),
        ({"base_model": "{folder}"}, r"--base-model \S+ is on this machine"),
        ({"init_adapter": "{folder}"}, r"run hf-sentiment publish \S+ USER/ADAPTER, and give that name"),
        ({"recipe": "{here}"}, r"--recipe \S+ is a file of this machine"),
    ],
)
def test_what_the_machine_cannot_read_is_refused(tmp_path, options, message):
    here = tmp_path / "reviews.csv"
    here.write_text("text,label\n")
    filled = {name: value and value.format(here=here, folder=tmp_path) for name, value in options.items()}
    with pytest.raises(SentimentError, match=message):
        JobArguments(**NEEDED | filled).check()


@pytest.mark.parametrize("dataset", ["demo", "amazon_polarity", "user/reviews"])
def test_what_the_machine_can_read_is_not(dataset):
    JobArguments(**NEEDED | {"dataset": dataset, "init_adapter": "default", "recipe": "minilm"}).check()
