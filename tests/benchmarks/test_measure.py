"""What is measured is the command with all that it leaves behind, and nothing else."""

import subprocess
import sys

from benchmarks.measure import run

LEAVES_ONE_BEHIND = """
import subprocess, sys
subprocess.Popen([sys.executable, "-c", "sum(range(20_000_000))"])
"""


def test_what_a_command_leaves_behind_is_counted_and_other_children_are_not_waited_for() -> (
    None
):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        used = run([sys.executable, "-c", LEAVES_ONE_BEHIND])
        assert other.poll() is None
        other.communicate(b"\n")
    assert used.status == 0
    assert used.cpu > 0.1
