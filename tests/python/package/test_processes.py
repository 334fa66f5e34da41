"""Functions in processes of their own: the same results, and what dies takes one block with it."""

import linecache
import os
import signal
import sys
import time

import numpy as np
import pytest
import voxsieve as vx


def square(block, add=0):
    return block.astype(np.float32) ** 2 + np.float32(add)


def test_results_are_those_of_threads(scan, folder):
    chain = scan.median().map_blocks(square, dtype="float32", workers="processes", add=2)
    expected = scan.median().map_blocks(square, dtype="float32", add=2).compute()
    assert np.array_equal(chain, expected)
    saved = chain.save(folder / "a.ome.zarr", chunk=16, threads=2, scratch=folder / ".", progress=False)
    assert np.array_equal(saved, expected)
    assert [path.name for path in folder.iterdir()] == ["a.ome.zarr"], "scratch files are gone"


def test_a_function_that_was_defined_anywhere(scan, grey):
    factor = 3
    assert np.array_equal(scan.map_blocks(lambda block: block // factor, workers="processes"), grey // 3)


def test_without_cloudpickle_the_way_out_is_said(scan, monkeypatch):
    monkeypatch.setitem(sys.modules, "cloudpickle", None)
    with pytest.raises(vx.ParameterError, match="install cloudpickle, or put the function into a module"):
        scan.map_blocks(lambda block: block, workers="processes").compute()


def test_an_exception_comes_back_with_its_traceback(scan):
    def broken(block):
        return block / block[99, 99, 99]

    with pytest.raises(IndexError) as caught:
        scan.map_blocks(broken, workers="processes").compute()
    assert "return block / block[99, 99, 99]" in caught.value.__notes__[0]
    assert "broken failed on voxels" in caught.value.__notes__[1]


def test_a_traceback_shows_the_lines_of_a_notebook(scan):
    """A cell is no file; IPython keeps its text where tracebacks look for it."""
    cell, name = "def broken(block):\n    return block.nonsense\n", "/nowhere/ipykernel/cell.py"
    lines = cell.splitlines(keepends=True)
    linecache.cache[name] = (len(cell), None, lines, name)
    variables = {}
    exec(compile(cell, name, "exec"), variables)  # noqa: S102
    try:
        with pytest.raises(AttributeError) as caught:
            scan.map_blocks(variables["broken"], workers="processes").compute()
    finally:
        del linecache.cache[name]
    assert "return block.nonsense" in caught.value.__notes__[0]


def test_what_dies_once_is_done_again(scan, grey, folder):
    (folder / "fuse").touch()
    fuse = str(folder / "fuse")

    def dies_once(block):
        import os
        from pathlib import Path

        try:
            Path(fuse).unlink()
        except FileNotFoundError:
            return block
        os._exit(3)

    assert np.array_equal(scan.map_blocks(dies_once, workers="processes"), grey)


def test_what_kills_its_process_each_time_is_named_and_the_run_goes_on_later(scan, grey, folder):
    (folder / "poison").touch()
    poison = folder / "poison"

    def crashes(block, block_info):
        if block_info.position[0] >= 32 and os.path.exists(poison):  # noqa: PTH110
            os.kill(os.getpid(), signal.SIGSEGV)
        return block

    chain = scan.map_blocks(crashes, workers="processes")
    out = folder / "a.ome.zarr"
    with pytest.raises(vx.FunctionError, match=r"died \(SIGSEGV\) on voxels 32:") as caught:
        chain.save(out, chunk=16, threads=1, progress=False)
    assert any("resume=True" in note for note in caught.value.__notes__)
    poison.unlink()
    assert np.array_equal(chain.save(out, chunk=16, resume=True, progress=False), grey)


def test_what_is_printed_does_no_harm(scan, grey):
    def talks(block):
        print("x" * 10_000)
        return block

    assert np.array_equal(scan.map_blocks(talks, workers="processes"), grey)


def test_a_child_of_a_fork_has_processes_of_its_own(scan, grey):
    """The function's pool is at work in the parent when it is asked for in the child."""
    ended = []
    chain = scan.map_blocks(square, dtype="float32", workers="processes")
    expected = grey.astype(np.float32) ** 2

    def forking(block):
        child = os.fork()
        if child == 0:
            os._exit(0 if np.array_equal(chain, expected) else 1)
        ended.append(os.waitpid(child, 0)[1])
        return block

    result = chain.map_blocks(forking, memory=0).compute()
    assert np.array_equal(result, expected)
    assert ended
    assert not any(ended)


def test_what_dies_between_two_blocks_is_done_again(scan, grey, folder):
    (folder / "fuse").touch()
    fuse = str(folder / "fuse")

    def dies_later(block):
        import os
        import threading
        from pathlib import Path

        if Path(fuse).exists():
            Path(fuse).unlink()
            threading.Timer(0.1, os._exit, (3,)).start()
        return block

    def slow(block):
        time.sleep(0.3)
        return block

    chain = scan.map_blocks(dies_later, workers="processes").map_blocks(slow, memory=0)
    assert np.array_equal(chain._computed(cell=(23, 50, 55), threads=1)[0], grey)
