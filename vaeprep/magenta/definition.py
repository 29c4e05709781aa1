"""One truth about a configuration: vaeprep's table, or the installed Magenta where it differs.

People customise Magenta by editing `configs.py` where it is installed. Training reads
that file, so the examples must be made by it too. In the usual case the files are those
of a release, vaeprep's table says the same, and Magenta is not imported.
"""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from vaeprep import configs
from vaeprep.checks import checked, text
from vaeprep.configs import CONFIGS, Config
from vaeprep.errors import UsageError
from vaeprep.magenta.config import is_user_config, load_magenta_config
from vaeprep.magenta.install import import_magenta, needs_magenta
from vaeprep.magenta.releases import changed_files

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Definition:
    """What a configuration is on this machine.

    Attributes:
        config: As vaeprep describes it; None for a converter that only Magenta's
            own code can carry out.
        batch_size: Examples in a training batch.
        not_fast: Why `config` is None, empty when it is not.
        notice: How it differs from the configuration of that name in vaeprep's
            table, empty when it does not.
    """

    config: Config | None
    batch_size: int
    not_fast: str = ""
    notice: str = ""


def find_definition(name: str) -> Definition:
    """The definition of a configuration that a run or a training shall use.

    Args:
        name: A built-in one's name, a name that only the installed Magenta has,
            or `module:NAME` for a user's own.

    Raises:
        UsageError: There is no such configuration, or Magenta was changed and
            cannot be imported to see how.
    """
    if is_user_config(name):
        needs_magenta("magenta", f"the configuration {name}")
        import_magenta()
        return of_magenta(name, load_magenta_config(name))
    changed = changed_files()
    if not changed:
        return _of_table(name)
    try:
        import_magenta()
    except UsageError as error:
        raise UsageError(
            f"the installed {changed[0]} is not that of a release vaeprep knows, so it must "
            f"be imported to see what {name} is; {error}"
        ) from error
    from magenta.models.music_vae.configs import CONFIG_MAP

    if name not in CONFIG_MAP:
        require_name(name, CONFIG_MAP)
        return dataclasses.replace(
            _of_table(name),
            notice="by vaeprep's table; the installed Magenta has no such configuration",
        )
    return of_magenta(name, CONFIG_MAP[name])


def of_magenta(name: str, magenta_config: Any) -> Definition:
    """The definition that a Magenta Config gives.

    Args:
        name: Its name; a built-in one's is compared with vaeprep's table.
        magenta_config: The Config object.
    """
    from vaeprep.magenta.parameters import NotFast, fast_converter

    batch_size = int(getattr(magenta_config.hparams, "batch_size", 0) or 0)
    try:
        converter = fast_converter(magenta_config.data_converter)
    except NotFast as reason:
        return Definition(None, batch_size, not_fast=str(reason))
    found = configs.of_user(name, converter, magenta_config)
    if name not in CONFIGS:
        return Definition(found, batch_size)
    differing = list(differences(found, CONFIGS[name]))
    if not differing:
        return Definition(CONFIGS[name], batch_size)
    more = f" and {len(differing) - _SHOWN} more" if len(differing) > _SHOWN else ""
    listed = ", ".join(differing[:_SHOWN])
    notice = f"as the installed Magenta defines it: {listed}{more}"
    return Definition(found, batch_size, notice=notice)


def usable_config(name: str) -> Config:
    """The configuration, for what needs to know its converter.

    Raises:
        UsageError: There is none, or only Magenta's own code can carry it out.
    """
    checked({"config": name}, {"config": text("a configuration or its name")})
    found = find_definition(name)
    if found.config is None:
        raise UsageError(f"tensors are not made of {name}: {found.not_fast}")
    return found.config


def check_name(name: str) -> None:
    """Refuses a wrong name before slow imports, where that can be told.

    Raises:
        UsageError: vaeprep's table is the truth and has no such configuration.
    """
    if not is_user_config(name) and not changed_files():
        configs.find(name)


def require_name(name: str, installed: Any) -> None:
    """Refuses a name that neither the table nor the installed Magenta has.

    Raises:
        UsageError: Suggests the nearest.
    """
    known = {**CONFIGS, **installed}
    if name in known:
        return
    hint = configs.meant(name, known).rstrip("; ")
    raise UsageError(
        f"no configuration {name!r}, in vaeprep or in the installed Magenta's CONFIG_MAP"
        f"{'; ' if hint else ''}{hint}"
    )


def differences(found: Config, table: Config) -> Iterator[str]:
    """Each parameter in which a definition differs from the table's, with both values."""
    if type(found.converter) is not type(table.converter):
        ours, theirs = type(table.converter).__name__, type(found.converter).__name__
        yield f"its converter is a {theirs}, not a {ours}"
        return
    for one, other in ((found.converter, table.converter), (found, table)):
        for field in dataclasses.fields(one):  # type: ignore[arg-type]
            value, known = getattr(one, field.name), getattr(other, field.name)
            if field.name not in _NOT_A_PARAMETER and value != known:
                yield f"{field.name} is {_short(value)}, not {_short(known)}"
    known_hparams = table.hparams
    for name, value in found.hparams.items():
        if name not in ("batch_size", "max_seq_len") and value != known_hparams.get(
            name, value
        ):
            yield f"hparams {name} is {_short(value)}, not {_short(known_hparams[name])}"


_NOT_A_PARAMETER = ("name", "extracts", "converter", "own_hparams")


def _of_table(name: str) -> Definition:
    found = configs.find(name)
    return Definition(found, found.batch_size)


def _short(value: Any) -> str:
    """A parameter's value in a few characters."""
    if isinstance(value, frozenset):
        value = sorted(value)
    text = type(value).__name__ if dataclasses.is_dataclass(value) else repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
