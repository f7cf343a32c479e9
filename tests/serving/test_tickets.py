"""The queue: batches under a token budget, the oldest first, and nothing for clients that have gone."""

import dataclasses
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.core.review_scorer import ReviewScorer
from hf_sentiment.core.text_encoder import InputFormat, TokenLayout
from hf_sentiment.serving.adapters import ServedAdapter
from hf_sentiment.serving.refusals import RefusedError
from hf_sentiment.serving.tickets import TURN, Ticket, TicketQueue


class Encoder:
    layout = TokenLayout(InputFormat(), prefix=(1,), suffix=(2,), prefix_types=(0,), suffix_types=(0,))


def adapter(together="one"):
    scorer = ReviewScorer(SentimentConfig(["Negative", "Positive"]), Encoder(), None)
    return ServedAdapter("cool", "cool", None, {}, scorer, together, lambda batch, keys, all_cores: None)


def ticket(*lengths, of=None, seconds=60.0):
    return Ticket(of or adapter(), [[7] * length for length in lengths], time.monotonic() + seconds)


@pytest.fixture
def queue():
    return TicketQueue(most_windows=10, most_tokens=100, most_seconds=60.0, speed=lambda: 2.0)


def take(queue):
    taken = queue.take()
    queue.done()
    return taken.parts


def sizes(parts):
    return [len(part.row) for part in parts]


def test_a_batch_has_the_oldest_window_and_those_that_need_as_much_padding(queue):
    for lengths in ((10,), (20, 30), (60,), (5,)):
        queue.put(ticket(*lengths))
    # Longest first, two special tokens each; 62 would make all others as long.
    assert sizes(take(queue)) == [30, 20, 10]
    assert sizes(take(queue)) == [60]
    assert sizes(take(queue)) == [5]
    assert len(queue) == 0


def test_the_oldest_window_is_always_next(queue):
    for length in (5, 90, 6, 7, 89):
        queue.put(ticket(length))
    assert sizes(take(queue)) == [7, 6, 5]
    assert sizes(take(queue)) == [90]


def test_an_adapter_may_take_smaller_batches(queue):
    small = dataclasses.replace(adapter(), batch_tokens=50)
    for length in (20, 20, 20):
        queue.put(ticket(length, of=small))
    assert sizes(take(queue)) == [20, 20]


def test_a_batch_has_all_cores_if_few_wait_and_nothing_is_computed(queue):
    queue.put(ticket(*range(80, 90)))
    all_cores = []
    for _ in range(10):
        all_cores.append(queue.take().all_cores)
        queue.done()
    assert all_cores == [False] * 6 + [True] * 4
    queue.put(ticket(*range(80, 90)))
    assert [queue.take().all_cores for _ in range(10)] == [False] * 10


def test_what_comes_while_a_batch_has_all_cores_becomes_one_batch(queue):
    queue.put(ticket(10))
    assert queue.take().all_cores
    with ThreadPoolExecutor(1) as other:
        waiting = other.submit(queue.take)
        for length in (11, 12, 13):
            queue.put(ticket(length))
        with pytest.raises(TimeoutError):
            waiting.result(timeout=0.2)
        queue.done()
        assert sizes(waiting.result(timeout=60).parts) == [13, 12, 11]


def test_a_queue_that_is_closed_while_a_batch_has_all_cores(queue):
    queue.put(ticket(10))
    assert queue.take().all_cores
    queue.put(ticket(11))
    with ThreadPoolExecutor(1) as other:
        waiting = other.submit(queue.take)
        queue.close()
        assert waiting.result(timeout=60) is None


def test_a_window_beyond_the_budget_is_a_batch_of_its_own(queue):
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


def test_a_long_request_lets_others_pass_after_each_round(queue):
    queue.put(ticket(60, 61, 62))
    queue.put(ticket(1))
    queue.put(ticket(80, 81))
    assert [sizes(take(queue)) for _ in range(6)] == [[60], [1], [80], [61], [81], [62]]
    assert len(queue) == 0


def test_adapters_that_cannot_be_mixed_take_turns(queue):
    one, other = adapter("one"), adapter("other")
    for of, length in ((one, 1), (other, 2), (one, 3), (other, 4)):
        queue.put(ticket(length, of=of))
    assert sizes(take(queue)) == [3, 1]
    assert sizes(take(queue)) == [4, 2]


def test_a_model_has_its_turn_for_as_many_windows_as_waited(queue):
    one, other = adapter("one"), adapter("other")
    for of, length in ((one, 1), (other, 2), (one, 60), (other, 4)):
        queue.put(ticket(length, of=of))
    assert sizes(take(queue)) == [1]
    queue.put(ticket(70, of=one))
    # Of the model's two windows that waited when its turn began; what came since waits for its next turn.
    assert sizes(take(queue)) == [60]
    assert sizes(take(queue)) == [4, 2]
    assert sizes(take(queue)) == [70]
    assert len(queue) == 0


def test_a_turn_is_bounded():
    queue = TicketQueue(most_windows=100, most_tokens=100, most_seconds=60.0, speed=lambda: 2.0)
    queue.put(ticket(*[60] * 40, of=adapter("one")))
    queue.put(ticket(1, of=adapter("other")))
    assert [sizes(take(queue)) for _ in range(41)].index([1]) == TURN


def test_a_turn_ends_if_its_client_goes(queue):
    one, other = adapter("one"), adapter("other")
    gone = ticket(1, 60, of=one)
    queue.put(gone)
    queue.put(ticket(2, of=other))
    assert sizes(take(queue)) == [1]
    gone.future.cancel()
    assert sizes(take(queue)) == [2]
    assert len(queue) == 0


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
    assert queue.take() is None
    for refusing in (waiting.future.result, lambda: queue.put(ticket(1))):
        with pytest.raises(RefusedError, match="stopping"):
            refusing()
