"""Writes a checkpoint as the engine reads it, or a tiny random network with reference tensors for the engine's tests.

    python export.py model runs/NAME/checkpoint.pt --side 288 --calibration FILE   → ../models/masklet-nano, ../models/lock.json
    python export.py fixture                                                       → ../packages/engine/test/fixtures/nano

Batch norms are folded into their convolutions; everything else keeps its name.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

import stills
from network import Architecture, ConvNorm, Nano
from predictor import load
from train import PIXEL_MEAN, PIXEL_STD

ROOT = Path(__file__).resolve().parent.parent
NAME = "masklet-nano"
TINY = Architecture(
    stage_channels=(8, 12, 16, 16), stage_blocks=(1, 1, 2, 1), stage_expansion=(2, 2, 2, 2), fine_channels=8, middle_channels=12,
    coarse_channels=16, decoder_expansion=2, similarity_heads=2, similarity_channels_middle=4, similarity_channels_coarse=4,
    key_channels=8, pointer_channels=8,
)  # fmt: skip
TINY_SIDE = 64
# Three masks for a single click, one mask for everything else: so the network was trained.
RULES = {
    "multimask_output_in_sam": True,
    "multimask_output_for_tracking": False,
    "multimask_min_pt_num": 1,
    "multimask_max_pt_num": 1,
    "use_multimask_token_for_obj_ptr": True,
    "fixed_no_obj_ptr": True,
    "binarize_mask_from_pts_for_mem_enc": True,
    "fill_hole_area": 2,
}


def folded_weights(net: Nano) -> dict[str, Tensor]:
    """Parameters by name, with every ConvNorm as one convolution `name.weight`, `name.bias`."""
    weights, inside = {}, set()
    for name, module in net.named_modules():
        if isinstance(module, ConvNorm):
            weights[f"{name}.weight"], weights[f"{name}.bias"] = (v.detach() for v in module.folded())
            inside.add(name + ".")
    for name, value in net.state_dict().items():
        if not any(name.startswith(prefix) for prefix in inside):
            weights[name] = value
    return {k: v.contiguous(memory_format=torch.contiguous_format).clone() for k, v in weights.items()}


def configuration(net: Nano, name: str, side: int) -> dict:
    """What the engine must know beside the weights; keys of `rules` and `memory` are the official ones."""
    return {
        "family": "nano",
        "name": name,
        "input": {"size": side, "mean": list(PIXEL_MEAN), "std": list(PIXEL_STD)},
        "pointer_width": net.architecture.pointer_channels,
        "architecture": net.architecture.as_dict(),
        "memory": {"num_maskmem": net.architecture.memory_rows, "max_obj_ptrs_in_encoder": 1},
        "rules": RULES,
    }


def export_model(checkpoint: Path, side: int, calibration: Path | None) -> None:
    """`calibration`: what `evaluate.py CHECKPOINT calibration` printed at the same side; without it scores are taken as they are."""
    folder = ROOT / "models" / NAME
    folder.mkdir(parents=True, exist_ok=True)
    net = load(checkpoint)
    save_file({k: v.half() for k, v in folded_weights(net).items()}, folder / "model.safetensors", {"format": "pt"})
    (folder / "model.safetensors").chmod(0o644)
    extras = {"second_look": True, "near_parts": True} | ({"calibration": json.loads(calibration.read_text())["calibration"]} if calibration else {})
    (folder / "config.json").write_text(json.dumps(configuration(net, NAME, side) | extras, indent=2) + "\n")
    (folder / "CREDITS.md").write_text(credit_list())
    files = {}
    for name in ("model.safetensors", "config.json"):
        data = (folder / name).read_bytes()
        files[name] = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    (ROOT / "models" / "lock.json").write_text(json.dumps({"models": {NAME: {"files": files}}}, indent=2) + "\n")


def credit_list() -> str:
    """Every training picture with its licence and source, by set."""
    lines = ["# Pictures the model was trained on", "", "Licence and source of each; masks as described in `CARD.md`.", ""]
    rows = [row for row in stills.packed_index() if not stills.is_for_choosing(row["name"])]
    for set_name in sorted({row["set"] for row in rows}):
        lines += [f"## {set_name}", ""]
        lines += [f"- {Path(row['name']).name}: {row['licence']}; {row['source']}" for row in rows if row["set"] == set_name] + [""]
    return "\n".join(lines)


@torch.no_grad()
def export_fixture() -> None:
    """A tiny network with random weights, and inputs and outputs of each door (two objects, three memories, all kinds of prompts)."""
    folder = ROOT / "packages" / "engine" / "test" / "fixtures" / "nano"
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(7)
    net = Nano(TINY)
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.2)
            module.running_var.uniform_(0.5, 2)
            module.weight.uniform_(0.5, 1.5)
            module.bias.normal_(0, 0.2)
    net.eval()
    cells, objects = TINY_SIDE // 4, 2
    picture = torch.randn(1, 3, TINY_SIDE, TINY_SIDE)
    fine, middle, coarse = net.encode(picture)
    logits = torch.randn(objects, 1, cells, cells) * 4
    points = torch.tensor([[[10.0, 20.0], [40.5, 33.25], [3.0, 60.0]], [[5.0, 8.0], [50.0, 44.0], [0.0, 0.0]]])
    labels = torch.tensor([[1.0, 0.0, 1.0], [2.0, 3.0, -1.0]])
    given = torch.tensor([1.0, 0.0])
    tensors = {"picture": picture, "fine": fine, "middle": middle, "coarse": coarse, "logits": logits, "points": points, "labels": labels, "mask_given": given}

    def decoded(prefix: str, *inputs: Tensor) -> None:
        for name, value in zip(("masks", "quality", "object_score", "pointers"), net.decode(*inputs)):
            tensors[f"{prefix}.{name}"] = value

    decoded("decode", fine, middle, coarse, points, labels, logits, given)
    decoded("decode_without_mask", fine, middle, coarse, points, labels, torch.zeros_like(logits), torch.zeros(objects))
    binarise, present = torch.tensor([1.0, 0.0]), torch.tensor([1.0, 1.0])
    tensors["remember.memory"] = net.remember(middle, logits, binarise, present)
    absent = net.remember(middle, -logits, 1 - binarise, torch.tensor([0.0, 1.0]))
    other = net.remember(net.encode(torch.randn_like(picture))[1], logits, binarise, present)
    tensors["remember_absent.memory"] = absent
    memory, rows = torch.stack([tensors["remember.memory"], other, absent], 1), torch.tensor([[TINY.conditioning_row, 0.0, 1.0]]).repeat(objects, 1)
    tensors |= {"memory": memory, "memory_row": rows}
    tensors["attend.middle"], tensors["attend.coarse"] = net.attend(middle, coarse, memory, rows)
    nothing = (points[:, :0], labels[:, :0], torch.zeros_like(logits), torch.zeros(objects))
    decoded("decode_tracked", fine, tensors["attend.middle"], tensors["attend.coarse"], *nothing)
    save_file({k: v.contiguous() for k, v in tensors.items()}, folder / "tensors.safetensors")
    save_file(folded_weights(net), folder / "model.safetensors")
    for file in folder.iterdir():
        file.chmod(0o644)
    (folder / "config.json").write_text(json.dumps(configuration(net, "tiny", TINY_SIDE), indent=2) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["model", "fixture"])
    parser.add_argument("checkpoint", type=Path, nargs="?")
    parser.add_argument("--side", type=int, default=288)
    parser.add_argument("--calibration", type=Path)
    a = parser.parse_args()
    export_fixture() if a.what == "fixture" else export_model(a.checkpoint, a.side, a.calibration)


if __name__ == "__main__":
    main()
