"""Muon: steps for matrices whose singular values are made equal, so that no direction of a layer starves.

Source: Jordan et al. 2024, "Muon: an optimizer for hidden layers"; the scale 0.2·sqrt(longer side) that gives a step the
size of AdamW's is from Liu et al. 2025, "Muon is scalable for LLM training". (`torch.optim.Muon` takes no 4-D weights.)
"""

from __future__ import annotations

import torch
from torch import Tensor

QUINTIC = (3.4445, -4.7750, 2.0315)
ITERATIONS = 5


def orthogonalised(matrix: Tensor) -> Tensor:
    """The nearest matrix [m,n] with singular values near 1, by five Newton-Schulz iterations in bf16."""
    a, b, c = QUINTIC
    x = matrix.bfloat16()
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    x = x / (x.norm() + 1e-7)
    for _ in range(ITERATIONS):
        gram = x @ x.T
        x = a * x + (b * gram + c * (gram @ gram)) @ x
    return x.T if tall else x


class Muon(torch.optim.Optimizer):
    """For weights of two or more dimensions; a convolution counts as the matrix [outputs, inputs × kernel]."""

    def __init__(self, parameters, rate: float, weight_decay: float, momentum: float = 0.95):
        super().__init__(parameters, {"lr": rate, "weight_decay": weight_decay, "momentum": momentum})

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                state = self.state[weight]
                average = state.setdefault("momentum", torch.zeros_like(weight)).lerp_(weight.grad, 1 - group["momentum"])
                step = orthogonalised(weight.grad.lerp(average, group["momentum"]).flatten(1))
                weight.mul_(1 - group["lr"] * group["weight_decay"])
                weight.add_(step.to(weight.dtype).view(weight.shape), alpha=-group["lr"] * 0.2 * max(step.shape) ** 0.5)
