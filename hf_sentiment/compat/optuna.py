"""optuna's storage that gives trials back whose process gives no sign of life."""

from typing import Any

import optuna.storages
from optuna.storages import RDBStorage


def heartbeat_storage(url: str, heartbeat: int, grace: int) -> RDBStorage:
    """A database of trials; one without a sign of life is queued again.

    Args:
        url: as SQLAlchemy reads it.
        heartbeat: seconds between the signs of life of a running trial.
        grace: seconds without one, after which a trial is given back.
    """
    retry: dict[str, Any] = (
        {"heartbeat_stale_trial_callback": optuna.storages.RetryHeartbeatStaleTrialCallback()}
        if hasattr(optuna.storages, "RetryHeartbeatStaleTrialCallback")
        # The same under its earlier name. Ends with optuna 4.
        else {"failed_trial_callback": optuna.storages.RetryFailedTrialCallback()}
    )
    return RDBStorage(url, heartbeat_interval=heartbeat, grace_period=grace, **retry)
