"""Tells, without importing Magenta, whether the installed one is a release that is known.

Magenta is often changed where it is installed: entries of `configs.py` are edited and
added, converters are patched. A checksum of the files that decide what an example is
tells that a closer look is needed. Comments and blank lines do not count, nor do the
names that NumPy's `bool` and its like go by: NumPy 1.24 has no `np.bool`, so many people
have replaced it.
"""

import hashlib
import importlib.util
import io
import re
import tokenize
from pathlib import Path

CONFIGS = "magenta/models/music_vae/configs.py"
"""Where Magenta's CONFIG_MAP stands."""

_ENDS = {tokenize.INDENT: ">", tokenize.DEDENT: "<", tokenize.NEWLINE: ";"}
_PASSED_OVER = (tokenize.COMMENT, tokenize.NL, tokenize.ENCODING)
_OLD_NAMES = re.compile(r"\bnp\0\.\0(bool|int|float|object)_?(?=\0)")
_HEX_DIGITS = 16

_KNOWN: dict[str, dict[str, str]] = {
    "magenta/models/music_vae/configs.py": {
        "3a3920f330cc04ce": "73c88aeba03e14d3",
        "665fb09f95557ccc": "73c88aeba03e14d3",
    },
    "magenta/models/music_vae/data.py": {
        "6e51caa384dc9506": "537e34b8fe2f05f4",
        "9ba7a574a594292c": "44a23767f7f32c21",
    },
    "magenta/models/music_vae/data_hierarchical.py": {
        "9843e9eadbc8ecc8": "154605ccb6a8747e",
        "e955afafcc1a8570": "f389a10da9b62ae4",
    },
    "magenta/pipelines/melody_pipelines.py": {
        "b860139125b5f494": "87e6ced213e4ab58",
        "f6053d411148108c": "dbfe60d4171af657",
    },
    "magenta/pipelines/drum_pipelines.py": {
        "16239849c263ba1a": "f6af57e43ac44843",
        "6bf89d36ab85edb7": "84f1c08b486aabf6",
    },
    "magenta/pipelines/performance_pipeline.py": {
        "314eb1c9e79bfd87": "f81649a2ee7475bc",
        "8ae9bc7f5ec46e33": "e0587e7301294252",
    },
    "note_seq/sequences_lib.py": {
        "3888f60d330a3eac": "c56da953163c541c",
    },
    "note_seq/melodies_lib.py": {
        "9d5225c481539474": "4cd0db503750a609",
    },
    "note_seq/drums_lib.py": {
        "9fdef5c43e75ebf6": "9444bd5dc63fe51c",
    },
    "note_seq/events_lib.py": {
        "736d662e3a8c800e": "48e28182e54a95e7",
    },
    "note_seq/performance_lib.py": {
        "7bb3bac2a8d08798": "084294279416221c",
    },
    "note_seq/chords_lib.py": {
        "a57ba262db89e443": "e0cc70dcd7134c1e",
    },
    "note_seq/chord_inference.py": {
        "89f10f504a1dd754": "4032b4503b829cfa",
    },
    "note_seq/chord_symbols_lib.py": {
        "1fccfb8ffc6bc792": "a0a876a7b2c7432a",
    },
    "note_seq/chords_encoder_decoder.py": {
        "d952200f4e5e92a2": "b67af125eeb58205",
    },
    "note_seq/melody_encoder_decoder.py": {
        "1b39d55f732ccf4b": "6cbb6de1c4e96bc8",
    },
    "note_seq/drums_encoder_decoder.py": {
        "1901e78e936c992b": "2fec97d1ace7d55c",
    },
    "note_seq/encoder_decoder.py": {
        "e28390db949b5f89": "7bed14a6e603bdfc",
    },
    "note_seq/performance_encoder_decoder.py": {
        "dca2227ff783727e": "78598db22dce138d",
    },
    "note_seq/constants.py": {
        "bbb272ed496d88b3": "c6cee3a18e8997b4",
    },
}
"""For each file that decides examples, the checksums of its releases and, for each,
the fingerprint: 2.1.4 and 2.1.3 of Magenta, 0.0.5 and 0.0.4 of note_seq."""


def is_installed() -> bool:
    """Whether there is a Magenta to import, with the note_seq that it needs."""
    return all(_folder(package) for package in ("magenta", "note_seq"))


def changed_files() -> list[str]:
    """The installed files that are not those of a known release.

    Known are Magenta 2.1.4 and 2.1.3, note_seq 0.0.5 and 0.0.4.

    Returns:
        Their names below site-packages, e.g. `magenta/models/music_vae/data.py`;
        none when Magenta is not installed.
    """
    if not is_installed():
        return []
    return [name for name, known in _KNOWN.items() if not _is_known(name, known)]


def fingerprint(source: bytes) -> str:
    """A checksum of what a Python file says, whatever its comments and line breaks.

    Raises:
        SyntaxError, tokenize.TokenError: It is no Python.
    """
    words = [
        _ENDS.get(token.type, token.string)
        for token in tokenize.tokenize(io.BytesIO(source).readline)
        if token.type not in _PASSED_OVER
    ]
    text = _OLD_NAMES.sub(r"\1", "\0".join(words))
    return _checksum(text.encode())


def _is_known(name: str, known: dict[str, str]) -> bool:
    package, _, rest = name.partition("/")
    folder = _folder(package)
    if folder is None:
        return False
    try:
        source = (folder / rest).read_bytes()
        return _checksum(source) in known or fingerprint(source) in known.values()
    except (OSError, SyntaxError, tokenize.TokenError):
        return False


def _folder(package: str) -> Path | None:
    """Where a package would be imported from."""
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        return None
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent


def _checksum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:_HEX_DIGITS]
