"""Opt-in changes to songs, each a departure from Magenta that the summary names."""
