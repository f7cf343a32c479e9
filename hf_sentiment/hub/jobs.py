"""A training run on Hugging Face Jobs: the command that submits it, and its submission."""

import shlex
import warnings
from dataclasses import dataclass

from huggingface_hub import HfApi, JobInfo, get_token
from huggingface_hub.errors import HfHubHTTPError

from hf_sentiment.adapter.request_limits import is_transient, limited_requests, reason_of, retrying
from hf_sentiment.errors import SentimentError
from hf_sentiment.hub.publish_error import HUB_ERRORS

# The job publishes the adapter with it.
TOKEN = "HF_TOKEN"
# Seconds for the two requests of a submission.
TIMEOUT = 60.0


@dataclass(frozen=True)
class Job:
    """One job, as `hf jobs uv run` and `run_uv_job` take it.

    Attributes:
        package: what the machine installs, a requirement of pip.
        module: what python runs there.
        words: its options.
        flavor: the machine.
        timeout: such as 2h.
        namespace: the owner, by default the token's user.
    """

    package: str
    module: str
    words: tuple[str, ...]
    flavor: str
    timeout: str
    namespace: str | None = None

    def command(self) -> str:
        """The command that submits it, for a shell."""
        options = ["--flavor", self.flavor, "--timeout", self.timeout, "--secrets", TOKEN, "--with", self.package]
        options += ["--namespace", self.namespace] if self.namespace else []
        # After the dashes, no option of training is taken for one of hf.
        return shlex.join(["hf", "jobs", "uv", "run", *options, "--", "python", *self._script()])

    def submit(self, token: str | None = None) -> JobInfo:
        """Submit it; not twice, because a second job would cost as much again.

        Args:
            token: which the job gets too; the one of `hf auth login` by default.

        Raises:
            SentimentError: there is no token, the Hub refuses the job, or it is not known whether it took it.
        """
        token = token or get_token()
        if token is None:
            raise SentimentError("Submitting a job needs a token: run hf auth login, or set HF_TOKEN.")
        api, sent = HfApi(token=token), False
        try:
            with limited_requests(TIMEOUT) as deadline, warnings.catch_warnings():
                # huggingface_hub calls run_uv_job experimental.
                warnings.simplefilter("ignore", UserWarning)
                user = retrying(api.whoami, deadline)["name"]
                sent = True
                return api.run_uv_job(
                    "python",
                    script_args=self._script(),
                    dependencies=[self.package],
                    secrets={TOKEN: token},
                    flavor=self.flavor,
                    timeout=self.timeout,
                    namespace=self.namespace or user,
                )
        except HUB_ERRORS as error:
            raise _not_submitted(error, sent) from error

    def _script(self) -> list[str]:
        return ["-m", self.module, *self.words]


def _not_submitted(error: Exception, sent: bool) -> SentimentError:
    if sent and is_transient(error):
        return SentimentError(
            f"The Hub did not say whether it took the job ({reason_of(error)}): look at hf jobs ps, and submit it "
            "again only if it is not there."
        )
    if isinstance(error, HfHubHTTPError) and error.response is not None and error.response.status_code == 401:
        return SentimentError("The Hub does not accept the token: run hf auth login again.")
    return SentimentError(f"The job was not submitted: {reason_of(error)}.")
