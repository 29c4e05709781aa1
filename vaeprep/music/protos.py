"""The NoteSequence protocol buffer, without note_seq.

The package note-seq asks for librosa, IPython, pandas and more (some 700 MB), and its
`import note_seq` takes seconds. What is needed of it is one generated module, so
vaeprep carries that: `music_pb2.py` beside this file.

The schema keeps its own name, `note_seq/protobuf/music.proto`. The protobuf runtime
knows one file of a name and makes one class for a message, so with `import note_seq`
(by Magenta, for instance), before or after, both have the same class.
"""

from typing import Any

from vaeprep.music import music_pb2

_generated: Any = music_pb2  # its names are made when it runs

NoteSequence = _generated.NoteSequence
CHORD_SYMBOL: int = NoteSequence.TextAnnotation.CHORD_SYMBOL
BEAT: int = NoteSequence.TextAnnotation.BEAT
