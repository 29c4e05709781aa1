"""Runs one target under atheris: `python -m fuzz TARGET [libFuzzer options] [CORPUS]`."""

import sys

import atheris


def main() -> None:
    """Instruments vaeprep, then hands over to libFuzzer."""
    with atheris.instrument_imports(include=["vaeprep"]):
        from fuzz.targets import TARGETS

    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        sys.exit(f"usage: python -m fuzz TARGET [libFuzzer options]; TARGET is one of "
                 f"{', '.join(TARGETS)}")  # fmt: skip
    name = sys.argv.pop(1)
    atheris.Setup(sys.argv, TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
