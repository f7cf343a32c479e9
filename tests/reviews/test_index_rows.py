import pyarrow as pa
import pytest

from hf_sentiment.reviews.index_rows import indexed, rows_of_names


def table(names, multi=False):
    return pa.table({"text": [f"soup {i}" for i in range(len(names))], "names": names, "multi": [multi] * len(names)})


def test_names_are_counted_over_all_tables():
    tables = [table(names) for names in ([["a"], ["b", "a"], []], [["a"]])]
    assert rows_of_names(tables) == {"a": 3, "b": 1}
    assert rows_of_names([tables[0].slice(1)]) == {"a": 1, "b": 1} and rows_of_names([]) == {}


def test_rows_that_the_map_leaves_out_are_counted():
    notes = []
    rows = indexed(table([["1"], ["3"], ["5"], ["1"]]), {"1": 0, "3": None, "5": 1}, False, "train", notes)
    assert rows["text"][:] == ["soup 0", "soup 2", "soup 3"] and rows["label"][:] == [0, 1, 0]
    assert notes == ["1 row of train left out by the label map."]


def test_a_row_that_may_have_several_labels_may_have_none():
    several = table([["joy", "fear"], ["calm"], []], multi=True)
    rows = indexed(several, {"joy": 1, "fear": 0, "calm": None}, True, "train", [])
    assert rows["label"][:] == [[1, 0], [], []]


@pytest.mark.parametrize("names", [[], [["a"]] * 3])
def test_no_note_without_a_reason(names):
    notes = []
    assert len(indexed(table(names) if names else table([["a"]]).slice(1), {"a": 0}, False, "test", notes)) == len(
        names
    )
    assert not notes
