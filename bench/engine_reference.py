"""The reference's side of bench/engine.ts: the official PyTorch SAM 2 (package `sam2`, importable), eager, float32, CPU.

Speaks lines of JSON on standard input and output. `{"op": "open", "config", "size", "threads", "weights"}` builds a
randomly initialised network and writes its state dictionary in the official form to `weights`; `{"op": "time", "part"}`
runs one part once and answers its milliseconds; `{"op": "peak"}` answers the peak memory of this process.
"""

import json
import resource
import sys
import time


def opened(request):
    import torch
    from sam2.build_sam import build_sam2

    torch.manual_seed(0)
    torch.set_num_threads(request["threads"])
    overrides = [f"++model.image_size={request['size']}"]
    model = build_sam2(request["config"], None, device="cpu", mode="eval", hydra_overrides_extra=overrides)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            # The constructors leave these at nearly nothing, which would hide whole branches from a comparison.
            if name.endswith("gamma") or "pos_embed" in name or "tpos" in name:
                parameter.normal_(std=0.5)
        model.sam_mask_decoder.pred_obj_score_head.layers[-1].bias += 3
    torch.save({"model": model.state_dict()}, request["weights"])
    return Parts(torch, model, request["size"])


class Parts:
    """The parts of a tracked frame with a full bank: 7 memories and 16 pointers."""

    def __init__(self, torch, model, size):
        self.torch, self.model, self.size = torch, model, size
        self.picture = torch.rand(1, 3, size, size)
        side = size // 16
        memory = torch.randn(1, 64, side, side)
        position = model.memory_encoder.position_encoding(memory)

        def entry():
            return {
                "maskmem_features": memory.to(torch.bfloat16),
                "maskmem_pos_enc": [position],
                "obj_ptr": torch.randn(1, 256),
                "pred_masks": torch.randn(1, 1, size // 4, size // 4),
            }

        self.bank = {
            "cond_frame_outputs": {0: entry()},
            "non_cond_frame_outputs": {frame: entry() for frame in range(1, 30)},
        }
        with torch.inference_mode():
            self.features = self.prepared()

    def prepared(self):
        out = self.model.forward_image(self.picture)
        _, features, positions, sizes = self.model._prepare_backbone_features(out)
        return features, positions, sizes

    def encode(self):
        return self.prepared()

    def step(self, features, positions, sizes):
        out = self.model.track_step(
            frame_idx=30,
            is_init_cond_frame=False,
            current_vision_feats=features,
            current_vision_pos_embeds=positions,
            feat_sizes=sizes,
            point_inputs=None,
            mask_inputs=None,
            output_dict=self.bank,
            num_frames=100,
            run_mem_encoder=True,
        )
        return self.mask_of(out["pred_masks"])

    def mask_of(self, logits):
        """As both predictors do: logits at the picture's size, cut at zero."""
        return self.torch.nn.functional.interpolate(logits, (720, 1280), mode="bilinear") > 0

    def attend(self):
        features, positions, sizes = self.features
        return self.model._prepare_memory_conditioned_features(
            frame_idx=30,
            is_init_cond_frame=False,
            current_vision_feats=features[-1:],
            current_vision_pos_embeds=positions[-1:],
            feat_sizes=sizes[-1:],
            output_dict=self.bank,
            num_frames=100,
        )

    def another_object(self):
        return self.step(*self.features)

    def frame(self):
        return self.step(*self.prepared())

    def click(self):
        torch, model = self.torch, self.model
        features, _, sizes = self.features
        coarse = (features[-1] + model.no_mem_embed).permute(1, 2, 0).view(1, 256, *sizes[-1])
        fine = [f.permute(1, 2, 0).view(1, -1, *s) for f, s in zip(features[:-1], sizes[:-1])]
        points = torch.tensor([[[100.0, 100.0]]])
        sparse, dense = model.sam_prompt_encoder((points, torch.ones(1, 1, dtype=torch.int32)), None, None)
        masks, *_ = model.sam_mask_decoder(
            image_embeddings=coarse,
            image_pe=model.sam_prompt_encoder.get_dense_pe(),
            sparse_prompt_embeddings=sparse,
            dense_prompt_embeddings=dense,
            multimask_output=True,
            repeat_image=False,
            high_res_features=fine,
        )
        return self.mask_of(masks)

    def timed(self, part):
        """Wall and processor milliseconds of one run."""
        with self.torch.inference_mode():
            wall, processor = time.perf_counter(), time.process_time()
            getattr(self, part)()
            return {
                "wall": (time.perf_counter() - wall) * 1000,
                "processor": (time.process_time() - processor) * 1000,
            }


def main():
    parts = None
    for line in sys.stdin:
        request = json.loads(line)
        if request["op"] == "open":
            parts = opened(request)
            answer = {"torch": parts.torch.__version__}
        elif request["op"] == "time":
            answer = parts.timed(request["part"])
        else:
            answer = {"megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
