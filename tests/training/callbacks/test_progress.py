import re


def test_progress_shows_speed_and_time_left(train_tiny):
    lines = []
    train_tiny(epochs=2, say=lines.append)
    epochs = [line for line in lines if "epoch" in line]
    assert len(epochs) == 2
    told = r"  epoch \d: validation accuracy \d+\.\d %, (loss \d\.\d{3}, )?\d+\.\d reviews/s, at most \d:\d\d:\d\d left"
    assert [line for line in epochs if not re.fullmatch(told, line)] == []
