import numpy as np
import pytest
from tiny import SIZES, save_tiny_base

from hf_sentiment.adapter.base_model import locate_base
from hf_sentiment.adapter.classifier import load_classifier
from hf_sentiment.adapter.last_layer import compute_first_token_only
from hf_sentiment.adapter.tokenizer import load_tokenizer, text_encoder
from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.labelling.embeddings import embed

TEXTS = ["great kettle", "the kettle came with a cable and we used it for cooking on some days", "great kettle"]
WINDOW = 32


def classifier_of(folder):
    base = locate_base(str(folder))
    model = load_classifier(base, SentimentConfig(["Negative", "Positive"], max_length=WINDOW)).model.eval()
    return model, text_encoder(load_tokenizer(folder, base))


@pytest.mark.parametrize("architecture", SIZES)
def test_every_encoder_gives_one_vector_per_text_whatever_the_batch(tmp_path, architecture):
    model, encoder = classifier_of(save_tiny_base(tmp_path, architecture))
    seen = []
    together = embed(model, encoder, TEXTS, WINDOW, seen.append)
    assert together.shape[0] == sum(seen) == 3 and together.ndim == 2
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(together[0], together[2], atol=1e-4)
    np.testing.assert_allclose(embed(model, encoder, TEXTS[1:2], WINDOW)[0], together[1], atol=1e-4)
    assert np.abs(together[0] - together[1]).max() > 1e-3


def test_an_encoder_that_computes_its_first_token_alone_gives_that(tmp_path):
    model, encoder = classifier_of(save_tiny_base(tmp_path))
    of_all = embed(model, encoder, TEXTS, WINDOW)
    assert compute_first_token_only(model)
    of_first = embed(model, encoder, TEXTS, WINDOW)
    assert of_first.shape == of_all.shape and np.abs(of_first - of_all).max() > 1e-3
    # A text as long as the window: no padding tells the two apart.
    long = [" ".join(["kettle"] * 100)]
    assert embed(model, encoder, long, WINDOW).shape == (1, 32)
