"""Coverage-guided fuzzing of what reads foreign bytes. See `fuzz/README.md`."""
