"""`vaeprep configs`: the list, all of one, and both as JSON."""

import json

import pytest
from click.testing import CliRunner

from vaeprep.cli.papers import paper_of
from vaeprep.cli.program import cli
from vaeprep.configs import CONFIGS, Config


def configs(*arguments: str) -> str:
    done = CliRunner().invoke(cli, ["configs", *arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_list_names_all() -> None:
    assert [line.split()[0] for line in configs().splitlines()[1:]] == list(CONFIGS)


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_all_of_one_is_shown(config: Config) -> None:
    text = configs(config.name)
    assert config.extracts in text
    assert f"batch size {config.batch_size}" in text
    for name in [*config.parameters(), *config.hparams]:
        assert f"\n  {name} " in text
    assert "arXiv:" in text


def test_json_holds_parameters_and_hyperparameters() -> None:
    listed = json.loads(configs("--json"))
    assert [one["name"] for one in listed] == list(CONFIGS)
    (one,) = json.loads(configs("groovae_2bar_humanize", "--json"))
    assert one["parameters"]["humanize"] is True
    assert one["hparams"]["batch_size"] == one["batch_size"] == 512
    assert "1905.06118" in one["paper"]


def test_an_unknown_name_belongs_to_no_paper() -> None:
    assert paper_of("my_module:MINE") == ("", "")
