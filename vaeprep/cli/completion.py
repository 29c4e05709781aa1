"""What Tab completes: files, and names of configurations."""

import click
from click.shell_completion import CompletionItem


class ConfigName(click.ParamType):  # type: ignore[type-arg]  # older ones have none
    """A configuration's name, or `module:NAME`; checked where it is used."""

    name = "config"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """The configurations whose names begin so, with what each extracts."""
        from vaeprep.configs import CONFIGS

        return [
            CompletionItem(config.name, help=config.extracts)
            for config in CONFIGS.values()
            if config.name.startswith(incomplete)
        ]


class FileName(click.ParamType):  # type: ignore[type-arg]
    """A file, a pattern, a folder or a prefix, as text; the shell completes files."""

    name = "path"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Leaves it to the shell, which knows files best."""
        return [CompletionItem(incomplete, type="file")]
