"""Quick checks of the training code: shapes, clicks, metrics, memory, and that a step learns. `python -m pytest -q`."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import export
import metrics
import predictor
import scenes
import train
from clicks import next_click, training_click
from compose import compose
from muon import orthogonalised
from network import Nano
from stills import Still, with_half

SIDE = 64
torch.set_num_threads(1)


@pytest.fixture(scope="module")
def net() -> Nano:
    torch.manual_seed(0)
    return Nano(export.TINY).eval()


def drawn_still(rng: np.random.Generator) -> Still:
    """A bright square and a bright disk on noise."""
    picture = rng.integers(0, 80, (96, 128, 3)).astype(np.uint8)
    ids = np.zeros((96, 128), np.uint8)
    ids[20:60, 20:60], picture[20:60, 20:60] = 1, (200, 60, 60)
    y, x = np.mgrid[0:96, 0:128]
    disk = (x - 95) ** 2 + (y - 50) ** 2 < 400
    ids[disk], picture[disk] = 2, (60, 60, 220)
    return Still("drawn", "drawn", with_half(picture, ids))


def batch(frames: int, targets: int, count: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    rng = np.random.default_rng(1)
    pool = [drawn_still(rng)]
    samples = [compose(pool, np.ones(1), SIDE, frames, targets, 0.5, rng) for _ in range(count)]
    return torch.from_numpy(np.stack([s.pictures for s in samples])), torch.from_numpy(np.stack([s.masks for s in samples]))


def test_first_click_is_the_deepest_point_of_the_object():
    truth = np.zeros((40, 60), bool)
    truth[10:31, 20:41] = True
    assert next_click(None, truth) == (30, 20, 1)


def test_next_click_excludes_where_the_surplus_is_deeper():
    truth, prediction = np.zeros((40, 60), bool), np.zeros((40, 60), bool)
    truth[5:10, 5:10] = True
    prediction[5:10, 5:10] = prediction[20:35, 20:35] = True
    x, y, label = next_click(prediction, truth)
    assert label == 0 and 20 <= x < 35 and 20 <= y < 35


def test_a_perfect_mask_gets_a_padding_click():
    truth = np.ones((8, 8), bool)
    assert training_click(truth, truth, np.random.default_rng(0), 0.5)[2] == -1


def test_metrics_of_equal_empty_and_shifted_masks():
    mask = np.zeros((100, 100), bool)
    mask[20:60, 20:60] = True
    assert metrics.iou(mask, mask) == metrics.boundary_f(mask, mask) == 1
    empty = np.zeros_like(mask)
    assert metrics.iou(empty, empty) == metrics.boundary_f(empty, empty) == 1
    assert metrics.boundary_f(empty, mask) == 0
    assert metrics.boundary_f(np.roll(mask, 1, 1), mask) == 1  # within the tolerance of two pixels
    assert metrics.iou(np.roll(mask, 20, 1), mask) == pytest.approx(1 / 3)


def test_clips_keep_their_targets_visible_at_first_and_in_shape():
    pictures, masks = batch(frames=4, targets=2)
    assert pictures.shape == (3, 4, SIDE, SIDE, 3) and masks.shape == (3, 4, 2, SIDE, SIDE)
    assert ((masks[:, 0] == 1).flatten(2).sum(2) > 0).all()


def test_a_batch_depends_on_seed_and_number_alone():
    rng = lambda: np.random.default_rng([3, 5])  # noqa: E731
    pool = [drawn_still(np.random.default_rng(0))]
    a, b = (compose(pool, np.ones(1), SIDE, 3, 2, 1.0, rng()) for _ in range(2))
    assert (a.pictures == b.pictures).all() and (a.masks == b.masks).all()


def test_parts_of_a_rendered_thing_join_to_a_whole():
    rng = np.random.default_rng(2)
    shelf = [scenes.texture([drawn_still(rng)], rng) for _ in range(3)]
    drawn = [scenes.render(shelf, rng) for _ in range(6)]
    assert all(picture.shape == (scenes.SIDE, scenes.SIDE, 3) and ids.max() > 0 for picture, ids, _ in drawn)
    assert any(unions for _, _, unions in drawn)


def test_every_kind_of_step_gives_a_finite_loss_and_gradients():
    torch.manual_seed(0)
    net = Nano(export.TINY)
    for frames, step in ((1, train.still_step), (4, train.clip_step)):
        loss, _ = step(net, *batch(frames, 2), np.random.default_rng(0))
        loss.backward()
        assert torch.isfinite(loss)
    missing = [name for name, p in net.named_parameters() if p.grad is None and not name.startswith("decoder.pointer")]
    assert not missing


def test_a_few_steps_on_one_batch_lower_the_loss():
    torch.manual_seed(0)
    net, data = Nano(export.TINY), batch(1, 2)
    optimisers = train.optimisers_of(net)
    for group in (group for optimiser in optimisers for group in optimiser.param_groups):
        group["lr"] = 5e-3
    losses = []
    for _ in range(12):
        loss, _ = train.still_step(net, *data, np.random.default_rng(4))
        net.zero_grad()
        loss.backward()
        for optimiser in optimisers:
            optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.8 * losses[0]


@pytest.mark.parametrize("shape", [(6, 20), (20, 6)])
def test_steps_of_muon_have_singular_values_near_one(shape):
    torch.manual_seed(0)
    values = torch.linalg.svdvals(orthogonalised(torch.randn(shape) * 1e-3).float())
    assert values.min() > 0.6 and values.max() < 1.3


@torch.no_grad()
def test_a_memory_of_an_absent_object_says_nothing(net):
    middle = torch.randn(1, net.architecture.middle_channels, 8, 8)
    memory = net.remember(middle, torch.ones(1, 1, 16, 16), torch.ones(1), torch.zeros(1))
    maps = net.memory.read(middle, memory[:, None], torch.tensor([[float(net.architecture.conditioning_row)]]))
    assert maps[:, :4].abs().max() == 0 and (maps[:, 4] < -1).all()


@torch.no_grad()
def test_an_unmoved_picture_reads_its_own_mask_back(net):
    torch.manual_seed(1)
    middle = torch.randn(1, net.architecture.middle_channels, 8, 8) * 9
    logits = torch.full((1, 1, 16, 16), -20.0)
    logits[..., 4:10, 6:12] = 20
    net.memory.log_sharpness.data.fill_(4.0)
    maps = net.memory.read(middle, net.remember(middle, logits, torch.ones(1), torch.ones(1))[:, None], torch.zeros(1, 1))
    read = torch.nn.functional.pixel_shuffle(maps[:, 5:9], 2)
    assert ((read > 0.5) == (logits > 0)).all()


@torch.no_grad()
def test_folded_weights_encode_the_same(net):
    weights = export.folded_weights(net)
    x = torch.randn(2, 3, SIDE, SIDE)
    stem = torch.nn.functional.conv2d(x, weights["encoder.stem.weight"], weights["encoder.stem.bias"], 2, 1)
    assert torch.allclose(stem, net.encoder.stem(x), atol=1e-5)
    assert not any("norm.running" in name or ".conv." in name for name in weights)


def test_a_track_answers_at_the_size_of_the_picture(net):
    image = np.random.default_rng(0).integers(0, 255, (48, 80, 3)).astype(np.uint8)
    picture = predictor.Picture(net, image, SIDE)
    logits, _ = picture.click([(40.0, 20.0, 1)])
    track = predictor.Track(net)
    track.prompt(picture, logits)
    for _ in range(4):
        mask, quality, _ = track.step(picture)
    assert mask.shape == (48, 80) and 0 <= quality <= 1 and len(track.recent) == net.architecture.conditioning_row
