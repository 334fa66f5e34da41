"""The program under test: started as a user starts it, its answers as Python values."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILT = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug"
BINARY = Path(os.environ.get("VOXSIEVE_BIN", BUILT / "voxsieve"))
DEV_BINARY = Path(os.environ.get("VOXSIEVE_DEV", BUILT / "voxsieve-dev"))

DONE, USAGE, INPUT, OCCUPIED, BUDGET, IO, DIFFERENT, INTERRUPTED = 0, 2, 3, 4, 5, 6, 7, 130


@dataclass
class Answer:
    """What a finished program said."""

    code: int
    out: str
    err: str

    def events(self) -> list[dict]:
        return [json.loads(line) for line in self.out.splitlines() if line.startswith("{")]

    def report(self) -> dict:
        """The figures of a run made with --json."""
        last = self.events()[-1]
        assert last["event"] == "done", last
        return last


def command(*words: object) -> list[str]:
    return [str(BINARY), *(str(word) for word in words)]


def call(arguments: list[str], code: int | None = DONE, **options) -> Answer:
    """Runs a command line to its end and checks how it ended."""
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=600, **options)
    answer = Answer(done.returncode, done.stdout, done.stderr)
    assert "panicked" not in answer.err, answer.err
    assert code is None or answer.code == code, f"{arguments}: exit code {answer.code}\n{answer.err}"
    return answer


def voxsieve(*words: object, code: int | None = DONE, **options) -> Answer:
    """Runs `voxsieve WORDS...`; a string with spaces is one word, so chains are split by the caller."""
    return call(command(*words), code, **options)


def run(source: Path, output: Path, steps: str, *flags: object, code: int | None = DONE) -> Answer:
    """Runs a chain of steps, written as on the command line."""
    return voxsieve("run", source, output, *steps.split(), "--sync", "none", "--quiet", *flags, code=code)


def convert(source: Path, output: Path, *flags: object, code: int | None = DONE) -> Answer:
    return voxsieve("convert", source, output, "--sync", "none", "--quiet", *flags, code=code)


def projection(source: Path, output: Path, steps: str = "", *flags: object) -> dict:
    """What `plan` announces."""
    answer = voxsieve("plan", source, output, *steps.split(), "--json", *flags)
    return json.loads(answer.out)["projection"]


def partial(output: Path) -> Path:
    """Where an output is while it is not whole."""
    return output.parent / f".{output.name}.partial"


def finished_tasks(output: Path) -> int:
    """Lines of the journal of an unfinished output after the header of each of its files."""
    count = 0
    for journal in (partial(output) / ".voxsieve").glob("journal*.jsonl"):
        count += max(0, journal.read_bytes().count(b"\n") - 1)
    return count


def stop_when(reached: Callable[[], bool], how: signal.Signals, arguments: list[str]) -> Answer:
    """Starts a run and sends it a signal as soon as something is reached."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(arguments, **pipes) as process:
        wait_until(lambda: reached() or process.poll() is not None)
        assert process.poll() is None, f"finished too early: {process.communicate()}"
        process.send_signal(how)
        out, err = process.communicate(timeout=600)
    return Answer(process.returncode, out, err)


def stop_after(tasks: int, how: signal.Signals, output: Path, arguments: list[str]) -> Answer:
    """Starts a run and sends it a signal when its journal has so many tasks."""
    return stop_when(lambda: finished_tasks(output) >= tasks, how, arguments)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 300
    while not condition():
        assert time.monotonic() < deadline, "waited for five minutes"
        time.sleep(0.001)
