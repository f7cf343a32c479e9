"""Make training faster without changing its results.

All replacements of other packages' internals for training are in this folder: PEFT's LoRA layer (`frozen_linear`) and
the forward passes of an encoder's lower layers (`lower_layers`). Each checks itself against the installed versions.
"""
