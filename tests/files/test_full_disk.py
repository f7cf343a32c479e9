import pytest

from hf_sentiment import SentimentError
from hf_sentiment.files.full_disk import accepts_files, explaining_full_disk


def test_other_errors_are_not_taken_for_a_full_disk(tmp_path):
    assert accepts_files(tmp_path) and not accepts_files(tmp_path / "missing")
    with pytest.raises(RuntimeError, match="PytorchStreamWriter"), explaining_full_disk(tmp_path, ""):
        raise RuntimeError("PytorchStreamWriter failed writing file")
    with pytest.raises(SentimentError, match="could not be written"), explaining_full_disk(tmp_path / "missing", ""):
        raise RuntimeError("unexpected pos 64 vs 0")
    assert list(tmp_path.iterdir()) == []
