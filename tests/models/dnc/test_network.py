"""The DNC against plain loops, its properties, its gradients, and its file."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from memviz.core.errors import KnownError
from memviz.models.dnc.addressing import allocation_weights, content_weights
from memviz.models.dnc.array_layers import ArrayLayers
from memviz.models.dnc.config import DNCConfig
from memviz.models.dnc.gradients import of_allocation
from memviz.models.dnc.linkage import follow, link
from memviz.models.dnc.network import DifferentiableNeuralComputer
from memviz.models.dnc.state import DNCState, Interface
from memviz.models.dnc.stepper import Stepper
from tests.models.dnc.reference import Loops, Parts

OPTIONS = [
    {"masked_lookup": masked, "deallocation": wiped, "link_sharpness": sharp}
    for masked, wiped, sharp in itertools.product((False, True), repeat=3)
]


def network(**options) -> DifferentiableNeuralComputer:
    """A small one whose heads do something: the weights are larger than a fresh network's."""
    torch.manual_seed(0)
    config = DNCConfig(**{"input_size": 5, "output_size": 3, "slots": 7, "word_size": 4, "read_heads": 2, **options})
    made = DifferentiableNeuralComputer(config).double()
    with torch.no_grad():
        made.interface.linear.weight.mul_(6.0)
    return made


def parts(told: Interface) -> Parts:
    values = {name: None if value is None else value[0].tolist() for name, value in told._asdict().items()}
    for name in ("write_strength", "allocation_gate", "write_gate"):
        values[name] = values[name][0]
    return Parts(**values)


@pytest.mark.parametrize("options", OPTIONS)
def test_every_step_is_what_the_equations_say(options: dict) -> None:
    made = network(**options)
    loops = Loops(7, 4, 2, deallocation=options["deallocation"])
    # Not from zeros: equal usages would be ordered by their rounding.
    state = made.empty_state()._replace(
        memory=torch.randn(1, 7, 4, dtype=torch.float64), usage=torch.rand(1, 7, dtype=torch.float64)
    )
    loops.memory, loops.usage = state.memory[0].numpy().copy(), state.usage[0].tolist()
    with torch.no_grad():
        for inputs in torch.randn(9, 1, 5, dtype=torch.float64):
            _, state, done = made.step(inputs, state)
            vectors = loops.step(parts(done.interface))
            for name in ("memory", "usage", "write_weights", "precedence", "linkage", "read_weights"):
                assert np.allclose(getattr(state, name)[0], getattr(loops, name), atol=1e-9), name
            assert np.allclose(state.read_vectors[0], vectors, atol=1e-9)


@pytest.mark.parametrize("options", [OPTIONS[0], OPTIONS[-1]])
@pytest.mark.parametrize("controller", ["lstm", "feedforward"])
def test_weights_stay_what_they_claim_to_be(options: dict, controller: str) -> None:
    made = network(controller=controller, **options)
    state = made.empty_state(3)
    for inputs in 3.0 * torch.randn(30, 3, 5, dtype=torch.float64):
        with torch.no_grad():
            _, state, done = made.step(inputs, state)
        for weights in (state.write_weights, state.read_weights, done.allocation, state.precedence):
            assert (weights >= 0).all()
            assert (weights.sum(-1) <= 1 + 1e-9).all()
        assert (state.usage >= 0).all()
        assert (state.usage <= 1).all()
        assert (state.linkage >= -1e-12).all()
        assert (state.linkage.sum(-1) <= 1 + 1e-9).all()
        assert (state.linkage.sum(-2) <= 1 + 1e-9).all()
        assert (state.linkage.diagonal(dim1=-2, dim2=-1) == 0).all()
        assert torch.allclose(done.interface.read_modes.sum(-1), torch.ones(3, 2, dtype=torch.float64))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
@settings(deadline=None)
def test_allocation_prefers_the_emptiest_slot(usage: list[float]) -> None:
    weights = allocation_weights(torch.tensor([usage], dtype=torch.float64))[0]
    assert (weights >= 0).all()
    assert weights.sum() <= 1 + 1e-9
    emptiest = min(range(len(usage)), key=usage.__getitem__)
    assert weights[emptiest] == pytest.approx(1.0 - usage[emptiest], abs=1e-5)


def test_a_free_slot_is_allocated_whole() -> None:
    usage = torch.tensor([[0.9, 0.0, 1.0, 0.4]])
    assert torch.allclose(allocation_weights(usage), torch.tensor([[0.0, 1.0, 0.0, 0.0]]), atol=1e-4)


def test_a_mask_hides_columns_from_the_comparison() -> None:
    memory = torch.tensor([[[1.0, 0.0, 5.0], [0.0, 1.0, 0.0]]])
    key, strength = torch.tensor([[[1.0, 0.0, -5.0]]]), torch.tensor([[50.0]])
    assert content_weights(memory, key, strength)[0, 0].argmax() == 1
    assert content_weights(memory, key, strength, torch.tensor([[[1.0, 1.0, 0.0]]]))[0, 0].argmax() == 0


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("controller", ["lstm", "feedforward"])
def test_the_stepper_does_what_the_network_does(options: dict, controller: str) -> None:
    made = network(controller=controller, **options)
    # Not from zeros: equal usages would be ordered by their rounding.
    state = made.empty_state()._replace(
        memory=torch.randn(1, 7, 4, dtype=torch.float64), usage=torch.rand(1, 7, dtype=torch.float64)
    )
    stepper = Stepper(ArrayLayers(made), state)
    with torch.no_grad():
        for inputs in torch.randn(20, 1, 5, dtype=torch.float64):
            outputs, state, done = made.step(inputs, state)
            found = stepper.step(inputs[0])
            assert torch.allclose(found, outputs[0], atol=1e-7)
            for name, part in state._asdict().items():
                if not (name == "cell" and controller == "feedforward"):
                    assert torch.allclose(getattr(stepper.state, name), part, atol=1e-7), name
            for told, there in ((done, stepper.done), (done.interface, stepper.done.interface)):
                for name, part in told._asdict().items():
                    if isinstance(part, torch.Tensor):
                        assert torch.allclose(getattr(there, name), part, atol=1e-7), name
                    elif part is None:
                        assert getattr(there, name) is None


def test_gradients_of_the_linkage() -> None:
    torch.manual_seed(2)
    linkage = torch.rand(2, 4, 4, dtype=torch.float64, requires_grad=True)
    weights, precedence, reads = (
        torch.rand(2, *shape, dtype=torch.float64, requires_grad=True) for shape in ((4,), (4,), (3, 4))
    )
    assert torch.autograd.gradcheck(link, (linkage, weights, precedence))
    assert torch.autograd.gradcheck(
        lambda *given: follow(link(*given[:3]), given[3]), (linkage, weights, precedence, reads)
    )


@pytest.mark.parametrize("options", [OPTIONS[0], OPTIONS[-1]])
def test_gradients_through_time(options: dict) -> None:
    made = network(slots=4, word_size=3, hidden_size=6, **options)
    inputs = torch.randn(4, 2, 5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda given: made(given)[0], (inputs,), atol=1e-4)


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("controller", ["lstm", "feedforward"])
@pytest.mark.parametrize("heads", [1, 3])
@pytest.mark.parametrize("clip", [20.0, 0.3])
def test_gradients_written_out_are_those_of_autograd(options: dict, controller: str, heads: int, clip: float) -> None:
    made = network(controller=controller, read_heads=heads, clip=clip, hidden_size=8, **options)
    inputs = torch.randn(9, 2, 5, dtype=torch.float64, requires_grad=True)
    shares = torch.randn(9, 2, 3, dtype=torch.float64)
    given = [inputs, *made.parameters()]
    found = torch.autograd.grad((made(inputs)[0] * shares).sum(), given)
    state, outputs = made.empty_state(2), []
    for row in inputs:
        output, state, _ = made.step(row, state)
        outputs.append(output)
    expected = torch.autograd.grad((torch.stack(outputs) * shares).sum(), given)
    for name, ours, theirs in zip(("inputs", *dict(made.named_parameters())), found, expected, strict=True):
        assert torch.allclose(ours, theirs, atol=1e-9, rtol=1e-7), name


def test_gradients_of_the_weights_are_those_that_were_used() -> None:
    """Of weights that stand in for the network's own, too; and weights that have changed since are refused."""
    made = network()
    inputs = torch.randn(4, 2, 5, dtype=torch.float64)
    others = {name: value.detach() * 0.5 for name, value in made.named_parameters()}
    for value in others.values():
        value.requires_grad_()
    torch.func.functional_call(made, others, (inputs,))[0].sum().backward()
    made.load_state_dict(others)
    made(inputs)[0].sum().backward()
    for name, value in made.named_parameters():
        assert torch.allclose(value.grad, others[name].grad), name
    loss = made(inputs)[0].sum()
    with torch.no_grad():
        made.interface.linear.weight.mul_(2.0)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_the_last_state_has_no_gradient() -> None:
    outputs, last = network()(torch.randn(4, 2, 5, dtype=torch.float64))
    assert outputs.requires_grad
    assert not any(part.requires_grad for part in last)


def test_a_sequence_is_its_steps_and_a_seed_decides() -> None:
    made = network()
    inputs = torch.randn(6, 2, 5, dtype=torch.float64)
    with torch.no_grad():
        whole, last = made(inputs)
        first, middle = made(inputs[:2])
        second, end = made(inputs[2:], middle)
    assert torch.equal(whole, torch.cat([first, second]))
    assert all(torch.equal(a, b) for a, b in zip(last, end, strict=True))
    assert all(torch.equal(a, b) for a, b in zip(network().parameters(), network().parameters(), strict=True))


def test_saved_and_opened_again(tmp_path) -> None:
    made = network(masked_lookup=True).float()
    made.save_pretrained(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} >= {"config.json", "model.safetensors"}
    again = DifferentiableNeuralComputer.from_pretrained(tmp_path)
    assert again.config == made.config
    inputs = torch.randn(3, 1, 5)
    assert torch.equal(made(inputs)[0], again(inputs)[0])


def test_sizes_that_make_no_sense_are_refused() -> None:
    with pytest.raises(KnownError, match="slots"):
        DNCConfig(input_size=1, output_size=1, slots=0)
    with pytest.raises(KnownError, match="gru"):
        DNCConfig(input_size=1, output_size=1, controller="gru")


def test_an_empty_state_is_all_zeros() -> None:
    state = DNCState.empty(DNCConfig(input_size=2, output_size=2), 3)
    assert all((part == 0).all() and part.shape[0] == 3 for part in state)


def test_the_gradient_of_the_allocation_is_exact_where_slots_are_free() -> None:
    torch.manual_seed(4)
    usage, weights = torch.rand(3, 16), torch.randn(3, 16)
    usage[:, ::2] = 0.0
    given = usage.double().requires_grad_()
    expected = torch.autograd.grad((allocation_weights(given) * weights).sum(), given)[0]
    found = of_allocation(weights, usage, allocation_weights(usage))
    assert torch.allclose(found.double(), expected, atol=1e-5)
