import json
from dataclasses import replace

import numpy as np
import pytest
from datasets import Dataset
from tiny import save_tiny_base, tiny_reviews, write_csv

from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.polarity import meaning_of
from hf_sentiment.training import TrainArguments, train
from hf_sentiment.training.auto import candidates, choose
from hf_sentiment.training.auto.candidates import AS_IS, BASE_HEAD, CANDIDATES, NEW_HEAD, OWN, WARM, candidates_for
from hf_sentiment.training.auto.choose import choose_recipe
from hf_sentiment.training.auto.out_of_fold import make_folds
from hf_sentiment.training.setup import prepare
from hf_sentiment.training.trainer_options import training_arguments


def reviews(folder, names, rows=120):
    renamed = dict(zip(("Negative", "Positive"), names, strict=True))
    made = [row | {"label": renamed[row["label"]]} for row in tiny_reviews(rows)]
    return str(write_csv(folder / "reviews.csv", made))


def begin(folder, names=("Negative", "Positive"), **options):
    (folder / "adapter" / "checkpoints").mkdir(parents=True, exist_ok=True)
    arguments = TrainArguments(dataset=reviews(folder, names), output_dir=str(folder / "adapter"), **options)
    resolved = arguments.resolved()
    return prepare(resolved, arguments.command(), training_arguments(resolved)), arguments


def tried(setup, arguments):
    return [each.recipe for each in candidates_for(setup, arguments)]


def test_what_is_tried_depends_on_labels_base_and_options(tmp_path):
    assert tried(*begin(tmp_path, ("schlecht", "gut"))) == [AS_IS, NEW_HEAD, BASE_HEAD, WARM, OWN]
    assert tried(*begin(tmp_path, ("kitchen", "garden"))) == [NEW_HEAD, BASE_HEAD, WARM, OWN]
    assert tried(*begin(tmp_path, epochs=2)) == [WARM, OWN]
    assert tried(*begin(tmp_path, lora_r=4)) == [OWN]
    assert tried(*begin(tmp_path, init_adapter="default")) == [WARM]
    base = {"base_model": str(save_tiny_base(tmp_path / "base")), "base_model_id": "user/tiny-bert"}
    assert tried(*begin(tmp_path, **base)) == [OWN]


@pytest.fixture
def only_heads(monkeypatch):
    """Leaves out the recipes that train, which take minutes on a small machine."""
    monkeypatch.setattr(candidates, "CANDIDATES", tuple(each for each in CANDIDATES if not each.trains))


def test_the_shipped_adapter_is_taken_as_it_is_under_the_labels_own_names(tmp_path, only_heads):
    lines = []
    dataset = reviews(tmp_path, ("mauvais", "bon"))
    result = train(TrainArguments(dataset=dataset, output_dir=str(tmp_path / "adapter")), say=lines.append)
    assert result.report.accuracy > 0.9
    # The table is in the terminal, in the report and in the adapter; the command names the recipe that was chosen.
    assert any(line.startswith("  the shipped adapter as it is") for line in lines)
    assert any(line.startswith("Recipe: as-is (") for line in lines)
    # Nothing is trained, and nothing says so.
    assert not any(line.startswith(("Training ", "Trained ", "  epoch ")) for line in lines)
    config = SentimentConfig.load(result.output_dir)
    # With --recipe as-is, the temperature would be chosen on the validation rows alone.
    assert config.labels == ["bon", "mauvais"]
    assert config.provenance["command"].startswith("hf-sentiment train --recipe auto --dataset")
    assert {each["recipe"] for each in config.provenance["auto"]} == {"tfidf", AS_IS, NEW_HEAD, BASE_HEAD}
    report = json.loads((result.output_dir / "evaluation" / "report.json").read_text())
    assert any("as-is was chosen by cross-validation on 72 training reviews" in note for note in report["notes"])
    assert report["cross_validated_rows"] == 72
    # Nothing was learnt from the reviews, so nothing can be better than the start.
    assert report["labelled_rows"] == 0 and config.provenance["training"]["chosen_by"] is None
    text = "\n".join(lines)
    assert "This is that adapter, unchanged: " in text and "than the starting adapter" not in text
    card, page = (result.output_dir / "README.md", result.output_dir / "evaluation" / "report.html")
    for text in (card.read_text(), page.read_text()):
        assert "fitted on validation reviews and 72 training reviews, by models that had not seen them." in text
    assert "there were 96, 72 of them by cross-validation (--validation-size)." in "\n".join(lines)
    # 24 validation rows alone would give a temperature of their own.
    assert 0.2 < config.temperature < 2.0


def test_labels_that_seem_to_be_the_wrong_way_round_are_doubted(tmp_path, only_heads):
    made = [row | {"label": int(row["label"] == "Negative")} for row in tiny_reviews(120)]
    arguments = TrainArguments(
        dataset=str(write_csv(tmp_path / "reviews.csv", made)), output_dir=str(tmp_path / "adapter")
    )
    report = train(arguments, say=lambda line: None).report
    assert "Labels read as 0 = Negative, 1 = Positive. If that is wrong, " in " ".join(report.notes)
    assert any("are Negative and Positive the wrong way round? --label-map says" in note for note in report.notes)


def test_a_label_with_one_row_leaves_the_folds_as_they_are(recwarn):
    rows = Dataset.from_dict({"label": [0] * 30 + [1] * 25 + [2]})
    folds = make_folds(rows, 4, 1)
    assert len(folds) == 4 and sorted(np.concatenate([held for _, held in folds])) == list(range(56))
    assert not recwarn.list


def test_the_chosen_recipe_is_calibrated_on_rows_it_was_not_trained_on(tmp_path, only_heads):
    setup, arguments = begin(tmp_path)
    chosen = choose_recipe(setup, arguments, lambda line: None)
    assert chosen.out_of_fold.logits.shape == (72, 2) and chosen.out_of_fold.truth.shape == (72,)


def test_a_resumed_run_keeps_its_choice_and_compares_nothing(tmp_path, only_heads, monkeypatch):
    setup, arguments = begin(tmp_path)
    first = choose_recipe(setup, arguments, lambda line: None)
    monkeypatch.delattr(choose, "out_of_fold_logits")
    setup, arguments = begin(tmp_path, resume=True)
    lines = []
    again = choose_recipe(setup, arguments, lines.append)
    assert lines == [f"Recipe: {first.arguments.run.recipe}, as chosen before the interruption"]
    assert again.config.provenance["auto"] == first.config.provenance["auto"]
    assert (again.out_of_fold.logits == first.out_of_fold.logits).all()
    # What was cut off is chosen anew.
    (tmp_path / "adapter" / "checkpoints" / "choice.npz").write_bytes(b"PK")
    with pytest.raises(NameError, match="out_of_fold_logits"):
        choose_recipe(setup, arguments, lines.append)


def test_rows_that_the_shipped_adapter_has_seen_are_not_compared_on(tmp_path, only_heads, monkeypatch):
    setup, arguments = begin(tmp_path)
    known = {choose.text_mark(text) for text in setup.reviews.train["text"][:40]}
    monkeypatch.setattr(choose, "read_training_rows", lambda folder: known)
    lines = []
    choose_recipe(setup, arguments, lines.append)
    assert lines[0] == "Choosing a recipe by 4-fold cross-validation on 32 training reviews:"


def race(right):
    """A race whose recipes answered these rows right."""
    made = choose._Race.__new__(choose._Race)
    made.right = {recipe: np.array(rows, dtype=bool) for recipe, rows in right.items()}
    made.truth = next(iter(right.values()))
    return made


@pytest.mark.parametrize(("times", "usual"), [(2, AS_IS), (3, WARM)])
def test_the_usual_recipe_is_chosen_unless_another_is_better_beyond_noise(times, usual):
    best, equal, worse = ([1] * right + [0] * (100 - right) for right in (95, 94, 60))
    best, equal, worse = best * times, equal * times, worse * times
    named = list(CANDIDATES)
    assert race({AS_IS: equal, NEW_HEAD: best, WARM: equal}).best(named).recipe == (AS_IS if times == 2 else NEW_HEAD)
    assert race({AS_IS: best, NEW_HEAD: best, WARM: best}).best(named).recipe == usual
    assert race({AS_IS: worse, NEW_HEAD: worse, WARM: worse, OWN: best}).best(named).recipe == OWN
    assert race({AS_IS: worse, NEW_HEAD: best, WARM: worse}).best(named).recipe == NEW_HEAD
    # Labels that the shipped adapter does not have.
    assert race({NEW_HEAD: best, WARM: best}).best(named).recipe == WARM


def test_many_reviews_are_read_fewer_times_unless_the_user_says_how_often(tmp_path, monkeypatch):
    monkeypatch.setattr(choose, "MOST_READ", 150)
    for more, epochs in (({}, 2), ({"epochs": 4.0}, 4), ({"max_steps": 5}, 3)):
        setup, arguments = begin(tmp_path, lora_r=4, **more)
        chosen = choose_recipe(setup, arguments, lambda line: None)
        assert (setup.reviews.train_rows, chosen.arguments.schedule.epochs) == (72, epochs)
        said = "Epochs: 2 instead of the recipe's 3, for 72 training reviews."
        assert (said in chosen.reviews.notes) == (not more)


@pytest.mark.parametrize(("rows", "chosen"), [(choose.FEW, WARM), (choose.FEW + 1, OWN)])
def test_few_rows_pass_over_the_usual_recipe_only_if_it_is_clearly_worse(rows, chosen):
    # Nine rows are won and three are lost: 1.7 standard errors of the difference.
    usual, best = np.ones(rows), np.ones(rows)
    usual[:9], best[9:12] = 0, 0
    assert race({WARM: usual, OWN: best}).best(list(CANDIDATES)).recipe == chosen


def test_with_more_rows_than_are_compared_a_recipe_that_trains_is_chosen_and_calibrated_on_its_own_answers(
    tmp_path, monkeypatch
):
    setup, arguments = begin(tmp_path)
    monkeypatch.setattr(choose, "MOST_ROWS", 40)

    def logits(setup, rows, folds):
        sure = np.eye(2, dtype=np.float32)[np.asarray(rows["label"][:])] * 9
        return sure if setup.arguments.run.recipe in (AS_IS, WARM) else -sure

    monkeypatch.setattr(choose, "out_of_fold_logits", logits)
    trained = choose_recipe(setup, arguments, lambda line: None)
    assert trained.arguments.run.recipe == WARM and trained.out_of_fold is None
    setup.reviews = replace(setup.reviews, train_rows=40)
    frozen = choose_recipe(setup, arguments, lambda line: None)
    assert frozen.arguments.run.recipe == AS_IS and len(frozen.out_of_fold.truth) == 40


@pytest.mark.slow
def test_every_recipe_is_tried_and_one_is_trained(tmp_path):
    lines = []
    dataset = reviews(tmp_path, ("kitchen", "garden"), rows=60)
    result = train(TrainArguments(dataset=dataset, output_dir=str(tmp_path / "adapter")), say=lines.append)
    shown = "\n".join(lines)
    assert all(each.what in shown for each in CANDIDATES if each.recipe != AS_IS)
    assert result.report.accuracy > 0.7


@pytest.mark.parametrize(
    ("label", "meaning"),
    [
        ("NEG", "negative"),
        (" Gut ", "positive"),
        ("отрицательный", "negative"),
        ("ポジティブ", "positive"),
        ("Zoo", "zoo"),
    ],
)
def test_labels_are_understood_in_other_words(label, meaning):
    assert meaning_of(label) == meaning


def test_the_shape_of_an_adapter_to_start_from_cannot_be_changed(tmp_path):
    options = {"dataset": "demo", "output_dir": str(tmp_path / "adapter")}
    with pytest.raises(SentimentError, match="--lora-r does not fit: the adapter that training starts from"):
        TrainArguments(recipe="minilm-warm", lora_r=4, **options).resolved()
    TrainArguments(recipe="minilm-warm", init_adapter="", lora_r=4, **options).resolved()


def test_multi_label_reviews_are_not_compared(tmp_path):
    setup, arguments = begin(tmp_path)
    setup.config.problem_type = "multi_label_classification"
    assert tried(setup, arguments) == [OWN]
