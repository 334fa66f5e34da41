"""Runs one command and writes what it cost as JSON: `meter.py RESULT.json COMMAND...`.

The kernel's figure for the peak memory of a child can carry over the peak of the process that forked it.
So this is a process of its own, of a few MiB, and everything that is measured is started through it.
"""

import json
import os
import subprocess
import sys
import time


def main() -> int:
    result, command = sys.argv[1], sys.argv[2:]
    started = time.perf_counter()
    child = os.fork()
    if child == 0:
        try:
            os.execvp(command[0], command)
        finally:
            os._exit(127)
    _, status, usage = os.wait4(child, 0)
    code = os.waitstatus_to_exitcode(status)
    figures = {
        "code": code,
        "wall_seconds": time.perf_counter() - started,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "peak_bytes": usage.ru_maxrss * 1024,
    }
    with open(result, "w", encoding="utf-8") as file:  # noqa: PTH123 (pathlib would cost memory here)
        json.dump(figures, file)
    return code if code >= 0 else 128 - code


def metered(result: str, command: list[str], **options) -> tuple[dict, subprocess.CompletedProcess]:
    """Runs `command` through this file; gives its cost and what it printed."""
    meter = [sys.executable, "-I", "-S", __file__, result, *command]
    done = subprocess.run(meter, capture_output=True, text=True, check=False, **options)
    with open(result, encoding="utf-8") as file:  # noqa: PTH123
        return json.load(file), done


if __name__ == "__main__":
    sys.exit(main())
