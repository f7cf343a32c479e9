import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from tiny import FILLER, WORDS, save_tiny_base, tiny_reviews, write_csv

from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.review import Review
from hf_sentiment.training import TrainArguments
from hf_sentiment.training.adapt import adapt
from hf_sentiment.training.features import read_by_layer
from hf_sentiment.training.head import head_layer
from hf_sentiment.training.setup import prepare
from hf_sentiment.training.titles import TitleOptions, learn_from_titles, titles_and_texts
from hf_sentiment.training.trainer_options import training_arguments


def test_a_short_first_sentence_stands_for_a_title():
    reviews = [
        Review("Great", "It works."),
        Review("", "Broke at once. Never again."),
        Review("", "One sentence only"),
        Review("", f"{'very ' * 40}long. And more."),
        Review("Title alone", ""),
        Review("...", "No word in its title."),
    ]
    assert titles_and_texts(reviews) == [("Great", "It works."), ("Broke at once.", "Never again.")]


@pytest.fixture(scope="module")
def setup(tmp_path_factory):
    folder = tmp_path_factory.mktemp("titles")
    arguments = TrainArguments(
        dataset=str(write_csv(folder / "reviews.csv", tiny_reviews(300))),
        output_dir=str(folder / "adapter"),
        base_model=str(save_tiny_base(folder / "base")),
        base_model_id="user/tiny-bert",
        fit_head="never",
        bf16=False,
        use_cpu=True,
    ).resolved()
    return prepare(arguments, "", training_arguments(arguments))


def unlabelled(rows):
    """Texts without a label whose titles are words of the same label as theirs."""
    made = []
    for index, row in enumerate(tiny_reviews(rows, seed=1)):
        words = WORDS[row["label"]]
        made.append(Review(f"{words[index % 5]} {words[(index + 2) % 5]}", row["text"]))
    return made


def test_titles_teach_what_labels_say(setup):
    model = adapt(setup.classifier(), setup)
    head, rows = head_layer(model, 2), setup.reviews.train

    def known():
        features = read_by_layer(head, model, rows, setup, bf16=False)
        return np.mean(cross_val_score(LogisticRegression(C=10.0, max_iter=1000), features, rows["label"][:], cv=5))

    weights, before, lines = head.weight.clone(), known(), []
    options = TitleOptions(epochs=6, batch_size=16, learning_rate=3e-3)
    learn_from_titles(
        model, head, unlabelled(600), setup.encoder, setup.tokenizer, lines.append, options, bf16=False, use_cpu=True
    )
    assert known() > max(0.95, before)
    # The head is not trained, and nothing is left on the model.
    assert (head.weight == weights).all() and not head._forward_pre_hooks
    assert lines[0] == "Learning from the titles of 600 reviews without labels"


@pytest.mark.parametrize("title", ["", "..."])
def test_too_few_titles_are_refused(setup, title):
    model = adapt(setup.classifier(), setup)
    reviews = [Review(title, " ".join(FILLER))] * 100
    with pytest.raises(SentimentError, match="Only 0 of 100 unlabelled reviews have a title"):
        learn_from_titles(
            model, head_layer(model, 2), reviews, setup.encoder, setup.tokenizer, print, bf16=False, use_cpu=True
        )


def test_a_run_learns_from_its_unlabelled_file(train_tiny, tmp_path):
    rows = [{"title": review.title, "text": review.text} for review in unlabelled(200)]
    lines = []
    result = train_tiny(unlabelled=str(write_csv(tmp_path / "more.csv", rows)), epochs=1, say=lines.append)
    assert "Learning from the titles of 200 reviews without labels" in lines
    config = SentimentConfig.load(result.output_dir)
    # By its name alone: the folder is nobody's business.
    assert config.provenance["arguments"]["unlabelled"] == "more.csv"
    assert "--unlabelled more.csv" in config.provenance["command"]


def test_an_unlabelled_file_that_is_not_there_is_refused_before_anything_is_loaded(train_tiny, tmp_path):
    with pytest.raises(SentimentError, match="There is no file .*nowhere.csv"):
        train_tiny(unlabelled=str(tmp_path / "nowhere.csv"))
