"""The launch files, read by the parsers of the tools that they are for; nothing is launched."""

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from accelerate.commands.config.config_args import load_config_from_file
from accelerate.commands.launch import _validate_launch_command, launch_command_parser
from accelerate.utils import DistributedType
from torch.distributed.run import get_args_parser

LAUNCH = Path(__file__).parents[2] / "launch"
WORDS = ["--dataset", "demo", "--output-dir", "adapter"]


@pytest.mark.parametrize(("name", "machines", "processes"), [("one-machine", 1, 8), ("several-machines", 2, 16)])
def test_accelerate_reads_its_files(name, machines, processes):
    path = str(LAUNCH / f"{name}.yaml")
    config = load_config_from_file(path)
    assert config.distributed_type == DistributedType.MULTI_GPU
    words = ["--config_file", path, *(["--machine_rank", "1"] if machines > 1 else []), "scripts/train.py", *WORDS]
    found, *_ = _validate_launch_command(launch_command_parser().parse_args(words))
    assert (found.num_machines, found.num_processes, found.multi_gpu) == (machines, processes, True)
    assert found.training_script_args == WORDS


def commands_in_comments(path):
    """The commands of a file's comments, with their continuation lines."""
    text = re.sub(r"\\\n#\s*", "", path.read_text())
    return [
        shlex.split(line.removeprefix("#")) for line in text.splitlines() if line.startswith("#   accelerate launch")
    ]


@pytest.mark.parametrize("name", ["one-machine", "several-machines"])
def test_the_commands_of_their_comments_are_accelerates(name):
    (command,) = commands_in_comments(LAUNCH / f"{name}.yaml")
    found = launch_command_parser().parse_args(command[2:])
    assert found.training_script == "scripts/train.py" and found.config_file == f"launch/{name}.yaml"


def slurm(tmp_path, **variables):
    """The words that the Slurm script gives to torchrun, with stand-ins for Slurm's own programs."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name, does in (("scontrol", "echo node-1; echo node-2"), ("srun", "printf '%s\\n' \"$@\"")):
        (programs / name).write_text(f"#!/bin/bash\n{does}\n")
        (programs / name).chmod(0o755)
    environment = os.environ | {"PATH": f"{programs}:{os.environ['PATH']}", "SLURM_JOB_NODELIST": "node-[1-2]"}
    environment |= {"SLURM_NNODES": "2", "SLURM_GPUS_ON_NODE": "8", "SLURM_JOB_ID": "77"} | variables
    command = ["bash", LAUNCH / "train.slurm", *WORDS]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.splitlines()


def test_slurms_script_starts_torchrun_on_each_node_and_resumes_when_it_is_queued_again(tmp_path):
    script = LAUNCH / "train.slurm"
    subprocess.run(["bash", "-n", script], check=True)
    given = re.findall(r"^#SBATCH --([a-z-]+)(?:=(\S+))?$", script.read_text(), re.MULTILINE)
    assert len(given) == script.read_text().count("#SBATCH")
    assert dict(given).items() >= {"nodes": "2", "ntasks-per-node": "1", "gpus-per-node": "8", "requeue": ""}.items()
    words = slurm(tmp_path, SLURM_RESTART_COUNT="1")
    assert words[:4] == ["--kill-on-bad-exit=1", "python", "-m", "torch.distributed.run"]
    found = get_args_parser().parse_args(words[4:])
    assert (found.nnodes, found.nproc_per_node, found.rdzv_endpoint) == ("2", "8", "node-1:29500")
    assert found.module and found.training_script == "hf_sentiment.cli"
    assert found.training_script_args == ["train", *WORDS, "--resume"]
