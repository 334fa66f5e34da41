"""`python -m voxsieve`: the command line."""

import sys

from voxsieve._voxsieve import main


def run() -> None:
    """Does what the command line says, and ends the process with its code."""
    sys.exit(main(["voxsieve", *sys.argv[1:]]))


if __name__ == "__main__":
    run()
