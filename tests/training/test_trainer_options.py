import pytest


@pytest.mark.parametrize(
    ("least", "told"),
    [(9, ["epoch 1", "epoch 2", "epoch 3"]), (14, ["step 5 of 15", "step 10 of 15", "step 15 of 15"])],
)
def test_few_reviews_are_trained_for_a_minimum_number_of_steps(train_tiny, least, told):
    """Forty-eight reviews in three epochs of three steps; more steps are as many parts."""
    lines = []
    train_tiny(rows=80, epochs=3, min_steps=least, patience=9, say=lines.append)
    assert [line.split(":")[0].strip() for line in lines if "validation accuracy" in line][:3] == told
    assert sum(f"Trained {told[-1].split()[-1] if least > 9 else 9} steps" in line for line in lines) == 1
