"""The numbers of the MIDI standard, and what of them mido and pretty_midi accept."""

# No piece of music is this long; mido and pretty_midi refuse more.
MAX_TICK = 10**10
MAX_MESSAGE_BYTES = 1_000_000

NOTE_OFF, NOTE_ON, KEY_PRESSURE, CONTROL = 0x80, 0x90, 0xA0, 0xB0
PROGRAM, CHANNEL_PRESSURE, BEND, SYSTEM = 0xC0, 0xD0, 0xE0, 0xF0
TWO_DATA_BYTES = frozenset((NOTE_OFF, NOTE_ON, KEY_PRESSURE, CONTROL, BEND))
META = 0xFF
# Data bytes of the system messages other than system exclusive.
SYSTEM_DATA_BYTES = {0xF1: 1, 0xF2: 2, 0xF3: 1, 0xF6: 0} | dict.fromkeys(
    (0xF8, 0xFA, 0xFB, 0xFC, 0xFE), 0
)

TRACK_NAME, TEMPO, SMPTE_OFFSET, TIME_SIGNATURE, KEY_SIGNATURE = 0x03, 0x51, 0x54, 0x58, 0x59
# The meta messages that mido knows, and how many bytes of data it needs.
META_BYTES_NEEDED = dict.fromkeys((*range(1, 8), 0x09, 0x21, 0x2F, 0x7F), 0) | {
    0x00: 0,
    0x20: 1,
    TEMPO: 3,
    SMPTE_OFFSET: 5,
    TIME_SIGNATURE: 4,
    KEY_SIGNATURE: 2,
}


class MidiError(Exception):
    """The bytes are no MIDI file that Magenta could convert; the message says why."""
