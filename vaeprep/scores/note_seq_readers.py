"""note_seq's readers of scores, without the rest of note_seq.

`import note_seq` takes seconds and needs librosa, IPython and more; its readers of
MusicXML and ABC need none of them. Each is loaded here from its own file, and what it
imports from note_seq is given to it: the few constants, and the NoteSequence that all
of vaeprep uses. The copies are private. A later `import note_seq` is not touched.
"""

import builtins
import importlib.util
from functools import cache
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from vaeprep.extras import how_to_install
from vaeprep.music import music_pb2


class NotInstalledError(Exception):
    """note_seq, or what its readers need, is not installed; the message says what to do."""


@cache
def musicxml_reader() -> ModuleType:
    """`note_seq.musicxml_reader`.

    Raises:
        NotInstalledError: note_seq is not there.
    """
    parser = _load("musicxml_parser", constants=_load("constants"))
    return _load("musicxml_reader", musicxml_parser=parser)


@cache
def abc_parser() -> ModuleType:
    """`note_seq.abc_parser`.

    Raises:
        NotInstalledError: note_seq or absl is not there.
    """
    return _load("abc_parser", constants=_load("constants"))


def _load(name: str, **given: ModuleType) -> ModuleType:
    """Runs a module of note_seq that finds only what is given in that package."""
    found = importlib.util.find_spec("note_seq")  # finds it, does not run it
    if found is None or not found.submodule_search_locations:
        raise NotInstalledError(_ADVICE)
    path = Path(found.submodule_search_locations[0]) / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"vaeprep.scores._{name}", path)
    if spec is None or spec.loader is None:
        raise NotInstalledError(_ADVICE)
    module = importlib.util.module_from_spec(spec)
    packages = {
        "note_seq": SimpleNamespace(**given),
        "note_seq.protobuf": SimpleNamespace(music_pb2=music_pb2),
    }

    import_any = builtins.__import__

    def import_given(package: str, *arguments: Any, **named: Any) -> Any:
        return packages.get(package) or import_any(package, *arguments, **named)

    # What a module imports goes through its own `__builtins__`: nothing outside sees this.
    module.__dict__["__builtins__"] = {**vars(builtins), "__import__": import_given}
    try:
        spec.loader.exec_module(module)
    except ImportError as error:
        raise NotInstalledError(f"{_ADVICE} ({error})") from error
    return module


_ADVICE = f"scores need note-seq; {how_to_install('scores')}"
