"""The benchmarks: one file a question, run with `make benchmark`."""
