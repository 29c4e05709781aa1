"""What the configurations were published for: the papers' own experiments."""

_MUSIC_VAE = (
    "MusicVAE: Roberts et al., A Hierarchical Latent Vector Model for Learning Long-Term "
    "Structure in Music, ICML 2018, arXiv:1803.05428"
)
_MULTITRACK = (
    "Simon et al., Learning a Latent Space of Multitrack Measures, 2018, arXiv:1806.00195"
)
_GROOVE = (
    "GrooVAE: Gillick et al., Learning to Groove with Inverse Sequence Transformations, "
    "ICML 2019, arXiv:1905.06118"
)

# The first row whose beginning fits a name.
_USES = (
    ("cat-mel_2bar_med_chords", _MUSIC_VAE, "the paper has it without chords"),
    ("cat-mel_2bar", _MUSIC_VAE, "interpolating and sampling loops of melody"),
    ("cat-drums_2bar", _MUSIC_VAE, "interpolating and sampling loops of drums"),
    ("nade-drums_2bar", _MUSIC_VAE, "interpolating and sampling loops of drums"),
    ("flat-", _MUSIC_VAE, "the flat decoder that the hierarchical one is compared with"),
    ("hierdec-", _MUSIC_VAE, "the hierarchical decoder for long-term structure"),
    ("hier-trio", _MUSIC_VAE, "long-term structure; here the encoder is hierarchical too"),
    ("hier-mel", _MUSIC_VAE, "long-term structure; here the encoder is hierarchical too"),
    ("hier-multiperf", _MULTITRACK, "bars of several instruments, with or without chords"),
    ("groovae_2bar_humanize", _GROOVE, "humanization: timing and velocity for a drum score"),
    ("groovae_2bar_tap", _GROOVE, "Tap2Drum: drums for a tapped rhythm"),
    ("groovae_2bar_add_closed_hh", _GROOVE, "infilling: a hi-hat for the other drums"),
    ("groovae_", _GROOVE, "played drums with timing and velocity"),
)


def paper_of(config: str) -> tuple[str, str]:
    """The paper that a built-in configuration belongs to, and its use there.

    Args:
        config: The configuration's name.

    Returns:
        The reference and the use; empty texts of any other configuration.
    """
    for begin, paper, use in _USES:
        if config.startswith(begin):
            return paper, use
    return "", ""
