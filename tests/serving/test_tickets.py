"""The queue: rounds under a token budget, the oldest first, and nothing for clients that have gone."""

import time

import numpy as np
import pytest

from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.core.review_scorer import ReviewScorer
from hf_sentiment.core.text_encoder import InputFormat, TokenLayout
from hf_sentiment.serving.adapters import ServedAdapter
from hf_sentiment.serving.refusals import RefusedError
from hf_sentiment.serving.tickets import Ticket, TicketQueue


class Encoder:
    layout = TokenLayout(InputFormat(), prefix=(1,), suffix=(2,), prefix_types=(0,), suffix_types=(0,))


def adapter(together="one"):
    scorer = ReviewScorer(SentimentConfig(["Negative", "Positive"]), Encoder(), None)
    return ServedAdapter("cool", "cool", None, {}, scorer, together)


def ticket(*lengths, of=None, seconds=60.0):
    return Ticket(of or adapter(), [[7] * length for length in lengths], time.monotonic() + seconds)


@pytest.fixture
def queue():
    return TicketQueue(most_windows=10, most_tokens=100, most_seconds=60.0, speed=lambda: 2.0)


def take(queue):
    """A round that is computed at once."""
    round_ = queue.take()
    for part in round_[:1]:
        queue.done(part.ticket.adapter.together)
    return round_


def sizes(round_):
    return [len(part.row) for part in round_]


def test_a_round_has_what_waits_up_to_the_budget_in_order(queue):
    for lengths in ((10,), (20, 30), (60,), (5,)):
        queue.put(ticket(*lengths))
    # Two special tokens each.
    assert sizes(take(queue)) == [10, 20, 30]
    assert sizes(take(queue)) == [60, 5]
    assert len(queue) == 0


def test_a_window_beyond_the_budget_is_a_round_of_its_own(queue):
    queue.put(ticket(500))
    queue.put(ticket(1))
    assert sizes(take(queue)) == [500]
    assert sizes(take(queue)) == [1]


def test_a_long_request_is_computed_in_several_rounds_and_answered_once(queue):
    long = ticket(60, 60, 60)
    queue.put(long)
    for number in range(3):
        (part,) = take(queue)
        part.ticket.put(part.window, np.array([number, 1.0]))
        assert long.future.done() == (number == 2)
    assert long.future.result().logits[:, 0].tolist() == [0, 1, 2]


def test_adapters_that_cannot_be_mixed_take_turns(queue):
    one, other = adapter("one"), adapter("other")
    for of, length in ((one, 1), (other, 2), (one, 3), (other, 4)):
        queue.put(ticket(length, of=of))
    assert sizes(take(queue)) == [1, 3]
    assert sizes(take(queue)) == [2, 4]


def test_a_model_is_computed_by_one_thread_at_a_time(queue):
    one, other = adapter("one"), adapter("other")
    for of, length in ((one, 90), (one, 80), (other, 2)):
        queue.put(ticket(length, of=of))
    assert sizes(queue.take()) == [90]
    # Another thread does not wait for the model that is busy.
    assert sizes(queue.take()) == [2]
    assert sizes(queue.take_more("one")) == [80]
    queue.put(ticket(3, of=other))
    # Its own thread takes that.
    assert queue.take_more("one") == []
    assert sizes(queue.take_more("other")) == [3]


def test_a_client_that_has_gone_leaves_the_queue(queue):
    gone, late, there = ticket(1), ticket(2, seconds=-1), ticket(3)
    for each in (gone, late, there):
        queue.put(each)
    gone.future.cancel()
    assert sizes(take(queue)) == [3] and len(queue) == 0
    with pytest.raises(RefusedError, match="waited for too long") as caught:
        late.future.result()
    assert caught.value.status == 504


def test_over_the_bound_a_client_is_told_when_to_come_back(queue):
    queue.put(ticket(*[1] * 8))
    with pytest.raises(RefusedError, match="overloaded") as caught:
        queue.put(ticket(1, 1, 1))
    assert (caught.value.status, caught.value.headers) == (429, {"Retry-After": "4"})
    queue.put(ticket(1, 1))
    with pytest.raises(RefusedError) as caught:
        queue.put(ticket(*[1] * 11))
    assert caught.value.status == 413


def test_a_slow_model_refuses_before_its_clients_give_up():
    queue = TicketQueue(most_windows=10, most_tokens=100, most_seconds=3.0, speed=lambda: 2.0)
    queue.put(ticket(*[1] * 7))
    with pytest.raises(RefusedError, match="overloaded") as caught:
        queue.put(ticket(1))
    assert caught.value.headers == {"Retry-After": "4"}
    queue = TicketQueue(most_windows=10, most_tokens=100, most_seconds=3.0, speed=lambda: None)
    queue.put(ticket(*[1] * 9))
    queue.put(ticket(1))


def test_a_closed_queue_refuses_what_waits_and_what_comes(queue):
    waiting = ticket(1)
    queue.put(waiting)
    queue.close()
    assert take(queue) == []
    for refusing in (waiting.future.result, lambda: queue.put(ticket(1))):
        with pytest.raises(RefusedError, match="stopping"):
            refusing()


def test_more_is_for_the_same_model_unless_another_ones_turn_has_come(queue):
    one, other = adapter("one"), adapter("other")
    for of, length in ((one, 90), (one, 80), (other, 2), (one, 3)):
        queue.put(ticket(length, of=of))
    assert sizes(take(queue)) == [90]
    assert sizes(queue.take_more("one")) == [80, 3]
    assert queue.take_more("one") == [] and len(queue) == 1
    assert sizes(queue.take_more("other")) == [2]
    assert queue.take_more("other") == []
