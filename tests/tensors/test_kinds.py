"""A kind of tensor is known wherever kinds are told apart by name."""

import pytest

from vaeprep.configs import CONFIGS
from vaeprep.tensors import drums, groove, melody, performance, to_notes, trio
from vaeprep.tensors.format import kind_of
from vaeprep.tensors.kinds import Kind

KINDS: dict[str, Kind] = {kind_of(config).name: kind_of(config) for config in CONFIGS.values()}
MODULES = {"melody": melody, "drums": drums, "trio": trio, "groove": groove}
MODULES |= {"performance": performance}


def test_every_kind_has_a_module_of_its_name() -> None:
    assert set(KINDS) == set(MODULES)
    for name, module in MODULES.items():
        assert module.__name__.rpartition(".")[2] == name
        assert callable(module.kind)


def test_every_kind_can_be_heard() -> None:
    assert set(to_notes._DECODERS) == set(KINDS)


@pytest.mark.parametrize("name", sorted(KINDS))
def test_every_kind_is_expanded_in_training(name: str) -> None:
    pytest.importorskip("tensorflow")
    from vaeprep.training import expand

    assert name == "groove" or name in expand._EXPAND
    assert set(expand._EXPAND) | {"groove"} == set(KINDS)


def test_every_kind_is_read_and_transposed_or_known_to_stay_as_it_is() -> None:
    pytest.importorskip("tensorflow")
    from vaeprep.training import augment, stored

    assert sorted((*augment.TRANSPOSED, *augment.AS_THEY_ARE)) == sorted(KINDS)
    assert set(stored._PARSERS) <= set(KINDS)
    for name in set(KINDS) - set(stored._PARSERS):  # these are read feature by feature
        assert all(feature.shape for feature in KINDS[name].features.values()), name
