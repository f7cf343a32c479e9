"""An adapter's tokenizer: as transformers loads it, and as the core uses it."""

from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from hf_sentiment.adapter.base_model import Base
from hf_sentiment.core.text_encoder import FastTextEncoder, InputFormat, TextEncoder, find_layout
from hf_sentiment.errors import SentimentError, first_line

CONFIG, VOCABULARY = "tokenizer_config.json", "tokenizer.json"


def load_tokenizer(folder: Path, base: Base, *, trust_remote_code: bool = False) -> PreTrainedTokenizerBase:
    """Load the tokenizer in an adapter folder, or the base's if the folder has none.

    Raises:
        SentimentError: it cannot be read, or one of its files is missing.
    """
    own = any((folder / name).is_file() for name in (CONFIG, VOCABULARY))
    if own and not (folder / CONFIG).is_file():
        raise SentimentError(f"{folder} has a {VOCABULARY} and no {CONFIG}: fetch the adapter again.")
    place = folder if own else Path(base.path)
    where = str(folder) if own else f"the base {base.id}"
    try:
        tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
            str(place), trust_remote_code=trust_remote_code
        )
    except Exception as error:  # noqa: BLE001 - the tokenizers library raises bare Exception
        lacking = "" if (place / VOCABULARY).is_file() else f"it has no {VOCABULARY}: "
        raise SentimentError(f"The tokenizer of {where} cannot be read ({lacking}{first_line(error)}).") from error
    _check_vocabulary(tokenizer, place, where)
    return tokenizer


def _check_vocabulary(tokenizer: PreTrainedTokenizerBase, place: Path, where: str) -> None:
    """Refuse a tokenizer without its vocabulary: transformers makes an empty one, which knows no word."""
    names = {name for kind, name in tokenizer.vocab_files_names.items() if kind != "tokenizer_file"}
    complete = (place / VOCABULARY).is_file() or all((place / name).is_file() for name in names)
    if not complete:
        needed = " and ".join(sorted(names))
        raise SentimentError(f"The tokenizer of {where} has no {VOCABULARY} (or {needed}): fetch it again.")


def text_encoder(tokenizer: PreTrainedTokenizerBase) -> TextEncoder:
    """Turn a transformers tokenizer into one for the core, which shares no state with it.

    Raises:
        SentimentError: its special tokens are not placed before and after the text.
    """
    form = InputFormat(
        names=tuple(tokenizer.model_input_names),
        pad_id=tokenizer.pad_token_id or 0,
        pad_type=tokenizer.pad_token_type_id,
        pad_left=tokenizer.padding_side == "left",
        cut_left=tokenizer.truncation_side == "left",
    )
    backend: Tokenizer | None = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        return SlowTextEncoder(tokenizer, form)
    # A copy, because calls of the transformers tokenizer change its state.
    own = Tokenizer.from_str(backend.to_str())
    own.encode_special_tokens = backend.encode_special_tokens
    return FastTextEncoder(own, form)


class SlowTextEncoder:
    """A tokenizer that transformers implements only in Python."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, form: InputFormat) -> None:
        self._tokenizer = tokenizer

        def probe(text: str, special: bool) -> tuple[list[int], list[int]]:
            encoded = tokenizer(text, add_special_tokens=special, return_token_type_ids=True)
            return encoded["input_ids"], encoded["token_type_ids"]

        self.layout = find_layout(probe, form)

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """The token ids of each text, not truncated and without special tokens."""
        return [self._tokenizer.encode(text, add_special_tokens=False) for text in texts]

    def offsets(self, text: str) -> list[tuple[int, int]]:
        """Empty: this tokenizer does not say which characters a token covers."""
        return []
