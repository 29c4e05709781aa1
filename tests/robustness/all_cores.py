"""The program, but merging on all cores whatever the size of the data."""

from vaeprep.cli.program import main
from vaeprep.job import merging, parallel_merge

if __name__ == "__main__":
    merging.SMALL_BYTES = 0
    parallel_merge._LEAST_SHARE_BYTES = 10_000
    main()
