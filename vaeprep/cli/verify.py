"""`vaeprep verify`: are the shards what the run wrote?"""

from pathlib import Path

import click

from vaeprep.cli.example_first import ExampleFirst
from vaeprep.cli.local_path import LocalOrRemotePath
from vaeprep.errors import VaeprepError


class NotVerifiedError(VaeprepError):
    """Something is wrong with the shards."""


@click.command("verify", cls=ExampleFirst, example="vaeprep verify out/mel.tfrecord")
@click.argument("prefix", type=LocalOrRemotePath())
def command(prefix: Path) -> None:
    """Check the shards of PREFIX against the summary of the run.

    Looks at sizes, checksums, counts, duplicates and whether every example can
    be decoded.
    """
    from vaeprep.job.verify import verify

    verdict = verify(prefix)
    for problem in verdict.problems:
        click.echo(problem)
    if verdict.problems:
        raise NotVerifiedError(f"{len(verdict.problems)} problems; make the shards again")
    click.echo(f"{verdict.shards} shards with {verdict.records:,} examples are in order")
