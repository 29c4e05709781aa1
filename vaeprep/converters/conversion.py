"""What a converter makes of one piece of music, whichever engine it belongs to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import Protocol, runtime_checkable

from vaeprep.converters.reasons import NO_NOTES, Kind, Reason
from vaeprep.music.pieces import Pieces
from vaeprep.music.sequence import Columns, Ints


@dataclass(frozen=True, slots=True)
class Conversion:
    """The examples in one piece and the count of those that were dropped.

    Attributes:
        examples: The canonical bytes of every example that survived: its
            NoteSequence, as Magenta's `from_tensors` returns it, serialized,
            without an id. Order is free and repeats are allowed; the job
            drops repeats and orders by hash.
        extracted: How many examples Magenta's `to_tensors` gives for the piece
            (its counter `extracted-examples`), the dropped ones included.
        dropped: Magenta's counter name -> how many examples it counted, e.g.
            `{"empty-reextraction": 3}`.
        why: Why nothing was extracted; None if anything was.
    """

    examples: list[bytes]
    extracted: int
    dropped: Mapping[str, int] = field(default_factory=dict)
    why: Reason | None = None

    @property
    def reason(self) -> Reason | None:
        """Why there is no example; None if there is one."""
        if self.examples:
            return None
        return self.why if not self.extracted else _ROUND_TRIP


_ROUND_TRIP = Reason(Kind.ROUND_TRIP)


@lru_cache(maxsize=1024)
def nothing(why: Reason) -> Conversion:
    """What a piece gives that has no examples (Magenta's `ConverterTensors()`)."""
    return Conversion([], 0, why=why)


def with_examples(examples: list[bytes], extracted: int) -> Conversion:
    """What a piece gives that has windows.

    Args:
        examples: One of each window that Magenta finds in its example again.
        extracted: How many windows it has.
    """
    return Conversion(examples, extracted, {"empty-reextraction": extracted - len(examples)})


def joined(parts: list[Conversion]) -> Conversion:
    """What a piece gives that its converter cut again (see `presplit.cut_again`).

    Args:
        parts: What each part gives, in order.
    """
    if len(parts) == 1:
        return parts[0]
    if not any(part.extracted for part in parts):
        # A part without notes says nothing of the others.
        of_notes = (part.why for part in parts if part.why and part.why is not NO_NOTES)
        return nothing(next(of_notes, NO_NOTES))
    dropped = sum(part.dropped.get("empty-reextraction", 0) for part in parts)
    return Conversion(
        [example for part in parts for example in part.examples],
        sum(part.extracted for part in parts),
        {"empty-reextraction": dropped},
    )


def each_its_own(
    examples: list[bytes], extracted: Ints, found_again: Ints
) -> list[Conversion | None]:
    """What each of n pieces gives, of examples that were made together.

    Args:
        examples: Of all pieces, in order.
        extracted: int64[n], how many windows each piece has.
        found_again: int64[n], of how many of them there is an example.

    Returns:
        None of a piece without windows.
    """
    given = iter(examples)
    return [
        with_examples(list(islice(given, some)), count) if count else None
        for count, some in zip(extracted.tolist(), found_again.tolist(), strict=True)
    ]


class Converter(Protocol):
    """One kind of MusicVAE data converter with its parameters.

    Implementations are frozen dataclasses (so that they can be compared,
    printed and sent to a worker), and their fields carry the names of the
    arguments of the Magenta class that they follow.
    """

    def convert(self, piece: Columns) -> Conversion:
        """Extracts the examples of one piece.

        Args:
            piece: Music of one tempo and one time signature, as
                `time_changes.split_on_time_changes` cuts it.

        Returns:
            What Magenta's converter of the same class gives for the piece,
            with `max_tensors_per_notesequence` lifted, after the
            re-extraction check of its `preprocess_tfrecord`.

        Raises:
            Exception: Where Magenta's converter raises, with the same type
                and message. The song then counts as failed.
        """
        ...


Outcome = Conversion | Exception | None
"""What a piece gives, or the error that `convert` raises; None: ask `convert`."""


@runtime_checkable
class ConvertsAll(Converter, Protocol):
    """A converter that looks at many pieces together, which is much faster."""

    def convert_all(self, pieces: Pieces) -> list[Outcome]:
        """Extracts the examples of some pieces, of many songs maybe.

        Args:
            pieces: The pieces; all of them are clean (see `Pieces`).

        Returns:
            For each piece what `convert` returns or raises, or None: then it is asked.
            It raises nothing itself, so that a song that fails costs the others nothing.
        """
        ...
