"""`python -m vaeprep` is the `vaeprep` program."""

from vaeprep.cli.program import main

if __name__ == "__main__":
    main()
