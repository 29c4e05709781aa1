"""Converters: from one piece of music to the examples of a MusicVAE configuration."""
