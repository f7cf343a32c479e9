"""Keys of clients: read from a file, compared in constant time."""

import hmac
from hashlib import sha256
from pathlib import Path

from hf_sentiment.errors import SentimentError

ADMIN = "admin"


class Keys:
    """The keys that a server accepts.

    Args:
        clients, admins: the keys; those of administrators may do all that the others may.
    """

    def __init__(self, clients: list[str], admins: list[str]) -> None:
        self._clients = [_digest(key) for key in [*clients, *admins]]
        self._admins = [_digest(key) for key in admins]

    @classmethod
    def read(cls, path: str | None) -> "Keys | None":
        """Read a file with one key per line, and the word admin before those of administrators.

        Raises:
            SentimentError: it cannot be read, is empty, or has a line of another form.
        """
        if path is None:
            return None
        try:
            lines = Path(path).read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError) as error:
            raise SentimentError(f"The keys in {path} cannot be read ({error}).") from error
        found: dict[bool, list[str]] = {False: [], True: []}
        for number, line in enumerate(lines, 1):
            words = line.partition("#")[0].split()
            admin = words[:1] == [ADMIN]
            if words and len(words) != 1 + admin:
                raise SentimentError(
                    f"Line {number} of {path} is no key: give one key per line, perhaps after {ADMIN}."
                )
            if words:
                found[admin].append(words[-1])
        if not any(found.values()):
            raise SentimentError(f"There is no key in {path}: give one key per line.")
        return cls(found[False], found[True])

    def allow(self, authorization: str, *, admin: bool = False) -> bool:
        """Whether an Authorization header has one of the keys."""
        scheme, _, key = authorization.partition(" ")
        digest, known = _digest(key.strip()), self._admins if admin else self._clients
        # All are compared, whichever fits, so that the time says nothing; digests have one length.
        fitting = [hmac.compare_digest(digest, each) for each in known]
        return scheme.lower() == "bearer" and any(fitting)


def _digest(key: str) -> bytes:
    return sha256(key.encode("utf-8", "surrogateescape")).digest()
