from hf_sentiment.training.callbacks.checkpoints import last_complete_checkpoint


def test_an_incomplete_checkpoint_is_skipped(tmp_path):
    for step in (10, 20):
        (tmp_path / f"checkpoint-{step}").mkdir()
    assert last_complete_checkpoint(tmp_path) is None
    (tmp_path / "checkpoint-10" / "complete").touch()
    assert last_complete_checkpoint(tmp_path) == str(tmp_path / "checkpoint-10")
