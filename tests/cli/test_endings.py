"""How the command ends, whatever ends it: one line on stderr and a documented exit status, never a traceback."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from hf_sentiment import cli
from hf_sentiment.cli import main

COMMAND = [sys.executable, "-m", "hf_sentiment.cli"]
# A fault in a command, which nothing foresees.
FAULT = """
import sys
from hf_sentiment.cli import main, showing
def fault(parsed):
    raise KeyError("a fault\\nof two lines")
showing._app = fault
sys.exit(main(["app", *sys.argv[1:]]))
"""


def run(*words, **options):
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    return subprocess.run([*COMMAND, *words], **options)


def line_of(done):
    (line,) = done.stderr.decode().splitlines()
    return line


def test_what_is_not_foreseen_is_one_line_that_asks_for_a_report():
    done = subprocess.run([sys.executable, "-c", FAULT], capture_output=True)
    assert done.returncode == 1
    assert line_of(done).startswith("hf-sentiment: Unexpected error, KeyError: 'a fault")
    assert "Please report it with your command and what it prints with --debug." in line_of(done)
    done = subprocess.run([sys.executable, "-c", FAULT, "--debug"], capture_output=True, text=True)
    assert done.returncode == 1 and "Traceback" in done.stderr and "in fault" in done.stderr


def test_help_documents_the_exit_statuses(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    assert cli.EXIT_STATUS in capsys.readouterr().out


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize(
    "words", [["--help"], ["train", "--help"], ["predict", "fine", "--json"], ["predict", "fine"], ["--version"]]
)
def test_a_full_output_is_a_sentence(words):
    with open("/dev/full", "w") as full:
        done = run(*words, stdout=full)
    assert done.returncode == 2
    assert line_of(done) == (
        "hf-sentiment: The output cannot be written (No space left on device): free some space, or write it to "
        "another disk."
    )


def test_a_reader_that_closes_the_output_ends_the_command_quietly():
    read, write = os.pipe()
    os.close(read)
    done = run("predict", "fine", "--json", stdout=write)
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_broken_pipe_of_something_else_is_told(monkeypatch, capsys):
    """As of a connection that the other side has closed: the command has not done what it was asked for."""

    def upload(parsed):
        raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr(cli.showing, "_app", upload)
    assert main(["app"]) == 2
    assert "Broken pipe" in capsys.readouterr().err


def test_closed_streams_do_no_harm():
    shell = '"$@" <&- >&- 2>&-'
    assert subprocess.run(["sh", "-c", shell, "sh", *COMMAND, "predict", "fine"]).returncode == 0
    assert subprocess.run(["sh", "-c", shell, "sh", *COMMAND, "predict", "--adapter", "no"]).returncode == 2


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_input_that_is_no_text_is_named_by_its_line(more):
    done = run("predict", *more, input=b"lovely\ncaf\xe9\n", env=os.environ | {"PYTHONUTF8": "1"})
    assert done.returncode == 2
    assert "Line 2 of the standard input is not UTF-8: convert it" in line_of(done)


def test_arguments_that_are_no_text_are_named():
    done = run("predict", "lovely", b"caf\xe9")
    assert done.returncode == 2 and "Review 2 is not UTF-8" in line_of(done)
    done = run("predict", "--input", b"caf\xe9.csv", "--output", "out.csv")
    assert done.returncode == 2 and "There is no file caf\\udce9.csv" in line_of(done)


def test_files_whose_names_are_no_text_are_scored_or_refused(tmp_path):
    for suffix in ("csv", "parquet"):
        path = os.fsencode(tmp_path) + b"/caf\xe9." + suffix.encode()
        with open(path, "wb") as file:
            file.write(b"text\nlovely\n")
        done = run("predict", "--input", path, "--output", path + b".csv", "--json")
        if suffix == "csv":
            assert json.loads(done.stdout)["rows"] == 1
        else:
            assert done.returncode == 2 and "holds bytes that are no text in UTF-8: rename" in line_of(done)


def test_an_output_that_is_not_utf8_gets_valid_json():
    done = run("predict", "na\u00efve \u2603", env=os.environ | {"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0 and b"na\\xefve" in done.stdout
    assert cli.output.as_document({"caf\u00e9": "\udce9"})


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["predict", "--input", "x" * 5000 + ".csv", "--output", "out.csv"], "... is too long for the file system"),
        (["predict", "--input", "in.csv", "--output", "y" * 300 + ".csv"], "... is too long for the file system"),
        (["evaluate", "default", "--dataset", "x" * 5000 + ".csv"], "too long"),
        (["train", "--dataset", "in.csv", "--output-dir", "z" * 5000], "too long"),
        (["evaluate", "default", "--dataset", "demo", "--output-dir", "in.csv/out"], "is a file, not a folder"),
        (["export", "default", "--output-dir", "in.csv/out"], "in.csv exists already, and is a file"),
        (["export", "default", "--output-dir", "/proc/out"], "The folder is that of --output-dir."),
    ],
)
def test_paths_that_cannot_be_are_a_sentence(tmp_path, words, message):
    (tmp_path / "in.csv").write_text("text,label\nlovely,Positive\n")
    done = run(*words, cwd=tmp_path)
    assert done.returncode == 2 and message in line_of(done), done.stderr


def test_ctrl_c_is_130():
    talk = subprocess.Popen(
        [*COMMAND, "predict"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # As in a terminal: what a shell starts in the background ignores Ctrl-C, and so does what that starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    talk.stdin.write(b"lovely\n")
    talk.stdin.flush()
    assert talk.stdout.readline().startswith(b"Positive")
    time.sleep(0.1)
    talk.send_signal(signal.SIGINT)
    # With its input still open, which ends the command too.
    talk.wait(timeout=60)
    _, error = talk.communicate()
    assert talk.returncode == 130 and error.decode().splitlines() == ["hf-sentiment: interrupted."]
