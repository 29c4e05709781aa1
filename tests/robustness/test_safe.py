"""Nothing in a data file is ever run, imported or made into a path."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import vaeprep
from vaeprep.demo.songs import compose
from vaeprep.files.names import part_path, shard_path
from vaeprep.files.tfrecord import frame
from vaeprep.job import shards
from vaeprep.music.encode import note_sequence_payload

PACKAGE = Path(vaeprep.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))

RUNS_DATA = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "yaml"}
RUNS_TEXT = {"eval", "exec", "compile", "__import__"}

# Where a module is imported by a name that is not written there, and whose name it is.
IMPORTS_BY_NAME = {
    "__init__.py": "the package's own, from a table",
    "cli/program.py": "one of the commands in a table",
    "magenta/config.py": "the module in --config module:NAME",
    "magenta/install.py": "Magenta's own modules",
    "magenta/pristine.py": "Magenta's own modules, read afresh from their files",
    "scores/note_seq_readers.py": "note_seq's own modules",
}


def names_called(tree: ast.AST) -> set[str]:
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {call.id for call in calls if isinstance(call, ast.Name)}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_module_unpickles_or_evaluates(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    imported = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").partition(".")[0])
        elif isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            assert isinstance(node.value, ast.Constant)
            assert node.value.value is False
    assert not imported & RUNS_DATA
    assert not names_called(tree) & RUNS_TEXT
    if "import_module" in path.read_text("utf-8") or "exec_module" in path.read_text("utf-8"):
        assert str(path.relative_to(PACKAGE)) in IMPORTS_BY_NAME, "whose name is imported?"


WATCHED = """
import os, sys
seen = []
def watch(event, args):
    if event == "open" and isinstance(args[0], (str, bytes)):
        flags = args[2] or 0
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            seen.append(os.path.realpath(os.fsdecode(args[0])))
    elif event in ("os.system", "subprocess.Popen", "os.exec", "pickle.find_class"):
        seen.append(event)
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from vaeprep import configs
from vaeprep.job import worker
from vaeprep.job.options import RunOptions
from vaeprep.job.run import run
folder = Path(sys.argv[1])
modules = set(sys.modules)
sys.addaudithook(watch)
with ThreadPoolExecutor(1) as executor:
    run(RunOptions((str(folder / "songs"),), folder / "out" / "x", "cat-drums_2bar_small",
                   output_shards=2), executor)
for one in seen:
    print(one)
for name in set(sys.modules) - modules:
    print("imported", name)
"""


def test_ids_and_names_in_songs_are_no_paths_and_no_modules(tmp_path: Path) -> None:
    hard = [
        "../../evil",
        "/tmp/evil",
        "vaeprep",
        "os:system",
        "$(touch evil)",
        "~/evil",
        "a\0b",
    ]
    records = []
    for song, name in zip(compose(len(hard), seed=1), hard, strict=True):
        song.id = song.filename = song.collection_name = name
        records.append(frame(song.SerializeToString()))
    (tmp_path / "songs").write_bytes(b"".join(records))
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    written = [line for line in lines if not line.startswith("imported ")]
    assert written
    assert all(line.startswith(str(tmp_path.resolve() / "out")) for line in written), written
    from_data = [line for line in lines if "evil" in line or "os:system" in line]
    assert not from_data
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "songs"]


def test_what_is_unfinished_is_private_and_what_is_finished_is_not(tmp_path: Path) -> None:
    prefix = tmp_path / "x"
    output = shards.ShardSet(prefix, 1, note_sequence_payload)
    output.add(0, b"", b"", ["/id/1"])
    output.close()
    part = part_path(prefix, 0, 1)
    assert part.stat().st_mode & 0o777 == 0o600
    (tmp_path / "other").touch()
    shards.put_in_place(prefix, 0, 1)
    final = shard_path(prefix, 0, 1)
    assert final.stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_link_in_the_way_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    prefix = tmp_path / "x"
    part_path(prefix, 0, 1).symlink_to(victim)
    shards.ShardSet(prefix, 1, note_sequence_payload).close()
    assert victim.read_text() == "precious"
