"""Two processes that see different losses, for tests/training/test_processes.py; each prints what it has decided."""

import math
import sys
from types import SimpleNamespace

import torch
from transformers import TrainerControl, TrainerState

from hf_sentiment.training.callbacks.loss_watch import LossWatch
from hf_sentiment.training.processes import from_main

torch.distributed.init_process_group("gloo")
rank = torch.distributed.get_rank()
assert from_main(rank) == 0
model = torch.nn.Linear(1, 1)
optimizer = torch.optim.AdamW(model.parameters())
schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0)
watch, state, control = LossWatch(math.log(2), lambda line: None), TrainerState(), TrainerControl()
# The second process alone sees a collapse at first, and then the main one alone.
for losses in [(0.3, 0.3)] * 8 + [(0.3, 0.7)] * 4 + [(0.7, 0.3)] * 4:
    state.global_step += 10
    told = {"logs": {"loss": losses[rank]}, "model": model, "optimizer": optimizer, "lr_scheduler": schedule}
    watch.on_log(SimpleNamespace(learning_rate=1e-3), state, control, **told)
    sys.stdout.write(f"{rank}:{state.global_step}:{watch.returns}\n")
torch.distributed.destroy_process_group()
