"""`vaeprep verify`: are the shards what the run wrote?"""

import json

import click

from vaeprep.cli.completion import FileName
from vaeprep.cli.example_first import ExampleFirst
from vaeprep.cli.record_flags import json_flag
from vaeprep.errors import VaeprepError


class NotVerifiedError(VaeprepError):
    """Something is wrong with the shards."""


@click.command("verify", cls=ExampleFirst, example="vaeprep verify out/mel.tfrecord")
@click.argument("prefixes", nargs=-1, required=True, type=FileName(), metavar="PREFIX...")
@json_flag
def command(prefixes: tuple[str, ...], as_json: bool) -> None:
    """Check the shards of PREFIX against the summary of the run.

    Looks at sizes, checksums, counts, duplicates and whether every example can
    be decoded. A shard, a pattern or a folder means the runs that it belongs to.
    """
    from vaeprep.job.verify import prefixes_of, verify

    verdicts = {prefix: verify(prefix) for prefix in prefixes_of(prefixes)}
    if as_json:
        told = [
            {
                "prefix": str(prefix),
                "shards": verdict.shards,
                "examples": verdict.records,
                "problems": verdict.problems,
            }
            for prefix, verdict in verdicts.items()
        ]
        click.echo(json.dumps(told, indent=2))
    else:
        for prefix, verdict in verdicts.items():
            for problem in verdict.problems:
                click.echo(problem)
            if not verdict.problems:
                of_which = f" of {prefix}" if len(verdicts) > 1 else ""
                click.echo(
                    f"{verdict.shards} shards{of_which} with {verdict.records:,} examples "
                    "are in order"
                )
    problems = sum(len(verdict.problems) for verdict in verdicts.values())
    if problems:
        raise NotVerifiedError(f"{problems} problems; make the shards again")
