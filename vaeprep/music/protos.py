"""The NoteSequence protocol buffer, without the rest of note_seq.

`import note_seq` takes seconds, because its `__init__` imports librosa, IPython
and more. The generated module `music_pb2` needs none of them, so it is loaded
here straight from its file. It is registered under its own name: a later
`import note_seq` (by Magenta, for instance) finds and shares it, and the
protobuf runtime never sees the same file twice.
"""

import importlib.util
import sys
from pathlib import Path
from typing import Any

_NAME = "note_seq.protobuf.music_pb2"


def _load() -> Any:
    if _NAME in sys.modules:
        return sys.modules[_NAME]
    package = importlib.util.find_spec("note_seq")  # finds it, does not run it
    if package is None or not package.submodule_search_locations:
        raise ImportError("note_seq is not installed: pip install note-seq")
    path = Path(package.submodule_search_locations[0]) / "protobuf" / "music_pb2.py"
    spec = importlib.util.spec_from_file_location(_NAME, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"cannot load {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[_NAME] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[_NAME]
        raise
    return module


music_pb2 = _load()
NoteSequence = music_pb2.NoteSequence
CHORD_SYMBOL: int = NoteSequence.TextAnnotation.CHORD_SYMBOL
BEAT: int = NoteSequence.TextAnnotation.BEAT
