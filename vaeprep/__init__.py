"""vaeprep: prepares music for training MusicVAE, once, before training."""

__version__ = "0.1.0"
