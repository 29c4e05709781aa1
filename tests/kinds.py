"""A configuration of each kind of converter."""

ONE_OF_EACH_KIND = (
    "cat-mel_2bar_small",
    "cat-mel_2bar_med_chords",
    "cat-drums_2bar_small",
    "nade-drums_2bar_full",
    "hierdec-trio_16bar",
    "groovae_4bar",
    "hier-multiperf_vel_1bar_med",
    "hier-multiperf_vel_1bar_med_chords",
)
