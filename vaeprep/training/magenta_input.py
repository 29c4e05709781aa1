"""Magenta's own input pipeline, for NoteSequences that were not made into tensors.

The pipeline is Magenta's `get_dataset` unchanged, but for one operation of
TensorFlow. On TensorFlow 2.13 to 2.21 `Dataset.unbatch` crashes on tensors with
a dimension of size zero, and every configuration without controls has one.
"""

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tensorflow as tf

from vaeprep.errors import UsageError
from vaeprep.files.tfrecord import is_gzip
from vaeprep.magenta.install import mend_ragged_controls
from vaeprep.music.protos import NoteSequence
from vaeprep.tensors.reader import records

_SONGS_BEFORE_REPORT = 200


def magenta_dataset(
    magenta_config: Any, files: Sequence[Path], is_training: bool, cache: bool
) -> Any:
    """The dataset of Magenta's `get_dataset`.

    Args:
        magenta_config: A Magenta Config with the examples' path (or the name of
            a TensorFlow dataset) in it.
        files: The files of that path; none for a TensorFlow dataset.
        is_training: Shuffle, repeat and augment.
        cache: Keep the tensors in memory after the first epoch, as Magenta does.

    Returns:
        A dataset of (inputs, outputs, controls, lengths).

    Raises:
        UsageError: Some of the files are compressed and some are not.
    """
    from magenta.models.music_vae import data

    mend_ragged_controls()
    zipped = {is_gzip(path) for path in files}
    if len(zipped) > 1:
        raise UsageError("some of the NoteSequence files are compressed and some are not")
    reader = functools.partial(
        tf.compat.v1.data.TFRecordDataset, compression_type="GZIP" if True in zipped else None
    )
    with _unbatch_that_does_not_crash():
        return data.get_dataset(
            magenta_config, tf_file_reader=reader, is_training=is_training, cache_dataset=cache
        )


def count_examples(
    files: Sequence[Path],
    magenta_config: Any,
    report: Callable[[str], None],
    enough: float = float("inf"),
) -> int:
    """How many examples Magenta's converter makes of NoteSequences.

    They are converted one after the other, so this may take minutes.

    Args:
        files: TFRecords of NoteSequences.
        magenta_config: The configuration.
        report: Called once if it takes long.
        enough: Stop at so many.

    Raises:
        UsageError: The converter cannot convert one of them.
    """
    mend_ragged_controls()
    found = 0
    for number, record in enumerate(records(files)):
        song = NoteSequence.FromString(record)
        try:
            found += len(magenta_config.data_converter.to_tensors(song).inputs)
        except Exception as error:
            raise UsageError(
                f"Magenta's converter fails on NoteSequence {number} ({song.id}): "
                f"{type(error).__name__}: {error}; 'vaeprep run' leaves such songs out"
            ) from error
        if found >= enough:
            break
        if number == _SONGS_BEFORE_REPORT:
            report("converting NoteSequences to count their examples ...")
    return found


@contextmanager
def _unbatch_that_does_not_crash() -> Iterator[None]:
    """Meanwhile datasets are unbatched by slicing, which gives the same elements.

    Only the classes' attribute is replaced, and put back; no installed file is
    touched.
    """
    classes = (tf.compat.v1.data.Dataset, tf.compat.v2.data.Dataset)
    kept = [vars(each)["unbatch"] for each in classes]

    def unbatch(self: Any, name: str | None = None) -> Any:
        del name
        return self.flat_map(lambda *parts: tf.data.Dataset.from_tensor_slices(parts))

    for each in classes:
        each.unbatch = unbatch
    try:
        yield
    finally:
        for each, original in zip(classes, kept, strict=True):
            each.unbatch = original
