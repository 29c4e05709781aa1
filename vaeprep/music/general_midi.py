"""The names that General MIDI gives to its 128 instruments and its drums."""

_PROGRAMS = """
Acoustic grand piano|Bright piano|Electric grand piano|Honky-tonk piano|Electric piano 1
Electric piano 2|Harpsichord|Clavinet|Celesta|Glockenspiel|Music box|Vibraphone|Marimba
Xylophone|Tubular bells|Dulcimer|Drawbar organ|Percussive organ|Rock organ|Church organ
Reed organ|Accordion|Harmonica|Tango accordion|Nylon guitar|Steel guitar|Jazz guitar
Clean electric guitar|Muted electric guitar|Overdriven guitar|Distortion guitar
Guitar harmonics|Acoustic bass|Fingered bass|Picked bass|Fretless bass|Slap bass 1
Slap bass 2|Synth bass 1|Synth bass 2|Violin|Viola|Cello|Contrabass|Tremolo strings
Pizzicato strings|Harp|Timpani|String ensemble 1|String ensemble 2|Synth strings 1
Synth strings 2|Choir aahs|Voice oohs|Synth voice|Orchestra hit|Trumpet|Trombone|Tuba
Muted trumpet|French horn|Brass section|Synth brass 1|Synth brass 2|Soprano sax|Alto sax
Tenor sax|Baritone sax|Oboe|English horn|Bassoon|Clarinet|Piccolo|Flute|Recorder|Pan flute
Blown bottle|Shakuhachi|Whistle|Ocarina|Square lead|Sawtooth lead|Calliope lead|Chiff lead
Charang lead|Voice lead|Fifths lead|Bass and lead|New age pad|Warm pad|Polysynth pad
Choir pad|Bowed pad|Metallic pad|Halo pad|Sweep pad|Rain effect|Soundtrack effect
Crystal effect|Atmosphere effect|Brightness effect|Goblins effect|Echoes effect
Sci-fi effect|Sitar|Banjo|Shamisen|Koto|Kalimba|Bagpipe|Fiddle|Shanai|Tinkle bell|Agogo
Steel drums|Woodblock|Taiko drum|Melodic tom|Synth drum|Reverse cymbal|Guitar fret noise
Breath noise|Seashore|Bird tweet|Telephone ring|Helicopter|Applause|Gunshot
"""

_DRUMS = """
Acoustic bass drum|Bass drum|Side stick|Snare|Hand clap|Electric snare|Low floor tom
Closed hi-hat|High floor tom|Pedal hi-hat|Low tom|Open hi-hat|Low-mid tom|Hi-mid tom
Crash cymbal|High tom|Ride cymbal|Chinese cymbal|Ride bell|Tambourine|Splash cymbal
Cowbell|Crash cymbal 2|Vibraslap|Ride cymbal 2|High bongo|Low bongo|Muted high conga
Open high conga|Low conga|High timbale|Low timbale|High agogo|Low agogo|Cabasa|Maracas
Short whistle|Long whistle|Short guiro|Long guiro|Claves|High woodblock|Low woodblock
Muted cuica|Open cuica|Muted triangle|Open triangle
"""

_FIRST_DRUM = 35


def _names(table: str) -> tuple[str, ...]:
    return tuple(name for line in table.split("\n") if line for name in line.split("|"))


PROGRAMS = _names(_PROGRAMS)
DRUMS = dict(enumerate(_names(_DRUMS), _FIRST_DRUM))


def program_name(program: int) -> str:
    """The instrument of a program number (0 to 127)."""
    return PROGRAMS[program] if 0 <= program < len(PROGRAMS) else f"program {program}"


def drum_name(pitch: int) -> str:
    """The drum of a pitch."""
    return DRUMS.get(pitch, f"drum {pitch}")
