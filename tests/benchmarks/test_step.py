"""The count of what either step multiplies."""

from benchmarks.step import Layer, Product


def _operations(products: list[Product]) -> float:
    return sum(product.operations for product in products)


def test_magentas_cell_multiplies_three_times_with_its_whole_kernel() -> None:
    layer = Layer(batch=5, steps=7, depth=3, units=4)
    assert _operations(layer.of_magenta()) == 3 * 2 * 5 * 7 * (3 + 4) * 16


def test_a_layer_above_another_saves_nothing() -> None:
    layer = Layer(batch=5, steps=7, depth=3, units=4)
    assert _operations(layer.of_compiled()) == _operations(layer.of_magenta())


def test_a_first_layer_has_no_gradient_of_its_inputs() -> None:
    layer = Layer(batch=5, steps=7, depth=3, units=4, is_first=True)
    saved = _operations(layer.of_magenta()) - _operations(layer.of_compiled())
    assert saved == 2 * 5 * 7 * 3 * 16


def test_what_is_the_same_at_every_step_is_multiplied_once_backwards() -> None:
    plain = Layer(batch=5, steps=7, depth=3, units=4)
    with_fixed = Layer(batch=5, steps=7, depth=3, units=4, fixed=2)
    saved = _operations(plain.of_compiled()) - _operations(with_fixed.of_compiled())
    assert saved == 2 * 2 * 5 * (7 - 1) * 2 * 16


def test_segments_are_folded_into_the_batch_of_the_compiled_step_alone() -> None:
    layer = Layer(batch=5, steps=8, depth=3, units=4, segments=2)
    assert layer.of_compiled()[0] == Product(rows=10, inner=7, columns=16, times=4)
    assert layer.of_magenta()[0] == Product(rows=5, inner=7, columns=16, times=8)
