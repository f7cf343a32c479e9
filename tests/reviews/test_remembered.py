from hf_sentiment.reviews.columns import Columns
from hf_sentiment.reviews.remembered import Remembered

LABELS = ["Negative", "Positive"]
STARS = {"1": "Negative", "3": None, "5": "Positive"}


def test_the_columns_of_the_training_are_taken_where_they_are_and_said_where_they_differ():
    training = Remembered(Columns(text="opinion", title="head", label="stars"))
    notes = []
    columns = training.columns_for(Columns(title="title"), ["opinion", "head", "title", "stars", "text"], notes)
    assert columns == Columns(text="opinion", title="title", label="stars")
    assert notes == ["The text column is 'opinion', as in the adapter's training."]
    assert training.columns_for(Columns(), ["text", "label"], notes) == Columns() and len(notes) == 1


def test_the_map_of_the_training_is_taken_for_its_values_alone():
    training, notes = Remembered(label_map=STARS), []
    assert training.map_for(["1", "5", "3.0"], LABELS, notes) == STARS
    assert notes == ["The labels were read by the label map of the adapter's training: 1=Negative, 3=, 5=Positive."]
    for names in (["negative", "Positive"], ["1", "4"], ["0", "1"]):
        assert training.map_for(names, LABELS, []) is None
    assert Remembered().map_for(["1"], LABELS, []) is None


def test_codes_that_the_training_turned_round_stay_so():
    training = Remembered(label_map={"0": "Positive", "1": "Negative"})
    assert training.map_for(["0", "1"], LABELS, []) == training.label_map
