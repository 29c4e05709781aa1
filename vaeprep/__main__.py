"""`python -m vaeprep` is the `vaeprep` program."""

from vaeprep.cli import main

if __name__ == "__main__":
    main()
