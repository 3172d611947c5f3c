"""Writes a randomly initialised network as an official checkpoint: python official_checkpoint.py CONFIG FILE.

CONFIG is a name of the official package `sam2` (importable), such as configs/sam2.1/sam2.1_hiera_t.yaml; the file is what
its training writes: a zip with a pickle of {"model": state dict}.
"""

import sys

import torch
from sam2.build_sam import build_sam2


def main(config, path):
    torch.manual_seed(0)
    model = build_sam2(config, None, device="cpu", mode="eval")
    # An object that counts as present, so that a tracked frame does all its work.
    model.sam_mask_decoder.pred_obj_score_head.layers[-1].bias.data += 3
    torch.save({"model": model.state_dict()}, path)


if __name__ == "__main__":
    main(*sys.argv[1:])
