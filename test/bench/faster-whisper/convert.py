"""Turns a Whisper model in Hugging Face's layout into a folder that faster-whisper loads, without PyTorch.

    python convert.py MODEL_FOLDER TARGET_FOLDER

Needs: pip install faster-whisper safetensors
"""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
from ctranslate2.specs import common_spec, whisper_spec
from safetensors.numpy import load_file


def main(source: Path, target: Path) -> None:
    config = json.loads((source / "config.json").read_text())
    generation = json.loads((source / "generation_config.json").read_text())
    tokenizer = json.loads((source / "tokenizer.json").read_text())
    weights = {name.removeprefix("model."): value.astype(np.float32) for name, value in load_file(source / "model.safetensors").items()}
    spec = whisper_spec.WhisperSpec(
        config["encoder_layers"],
        config["encoder_attention_heads"],
        config["decoder_layers"],
        config["decoder_attention_heads"],
    )
    fill(spec, weights)
    ids = {token["content"]: token["id"] for token in tokenizer["added_tokens"]}
    spec.config.suppress_ids = generation["suppress_tokens"]
    spec.config.suppress_ids_begin = generation["begin_suppress_tokens"]
    spec.config.alignment_heads = generation["alignment_heads"]
    spec.config.lang_ids = list(range(ids["<|startoftranscript|>"] + 1, ids["<|translate|>"]))
    tokens = sorted({**tokenizer["model"]["vocab"], **ids}.items(), key=lambda pair: pair[1])
    spec.register_vocabulary([token for token, _ in tokens])
    spec.validate()
    spec.optimize(quantization="int8")
    target.mkdir(parents=True, exist_ok=True)
    spec.save(str(target))
    shutil.copy(source / "tokenizer.json", target)
    features = {"feature_size": config["num_mel_bins"], "sampling_rate": 16000, "hop_length": 160, "n_fft": 400, "chunk_length": 30}
    (target / "preprocessor_config.json").write_text(json.dumps(features))


def fill(spec: whisper_spec.WhisperSpec, weights: dict) -> None:
    for name in ("conv1", "conv2"):
        linear(getattr(spec.encoder, name), weights, f"encoder.{name}")
    for part, side in (("encoder", spec.encoder), ("decoder", spec.decoder)):
        side.position_encodings.encodings = weights[f"{part}.embed_positions.weight"]
        norm(side.layer_norm, weights, f"{part}.layer_norm")
        for index, layer in enumerate(side.layer):
            path = f"{part}.layers.{index}"
            fused(layer.self_attention.linear[0], weights, [f"{path}.self_attn.{which}_proj" for which in "qkv"])
            linear(layer.self_attention.linear[1], weights, f"{path}.self_attn.out_proj")
            norm(layer.self_attention.layer_norm, weights, f"{path}.self_attn_layer_norm")
            linear(layer.ffn.linear_0, weights, f"{path}.fc1")
            linear(layer.ffn.linear_1, weights, f"{path}.fc2")
            norm(layer.ffn.layer_norm, weights, f"{path}.final_layer_norm")
            if part == "decoder":
                cross = f"{path}.encoder_attn"
                linear(layer.attention.linear[0], weights, f"{cross}.q_proj")
                fused(layer.attention.linear[1], weights, [f"{cross}.{which}_proj" for which in "kv"])
                linear(layer.attention.linear[2], weights, f"{cross}.out_proj")
                norm(layer.attention.layer_norm, weights, f"{cross}_layer_norm")
    table = weights["decoder.embed_tokens.weight"]
    spec.decoder.embeddings.weight = table
    spec.decoder.projection.weight = table


def linear(target: common_spec.LinearSpec, weights: dict, path: str) -> None:
    target.weight = weights[f"{path}.weight"]
    target.bias = weights.get(f"{path}.bias", np.zeros(target.weight.shape[0], np.float32))


def fused(target: common_spec.LinearSpec, weights: dict, paths: list) -> None:
    parts = [common_spec.LinearSpec() for _ in paths]
    for part, path in zip(parts, paths):
        linear(part, weights, path)
    target.weight = np.concatenate([part.weight for part in parts])
    target.bias = np.concatenate([part.bias for part in parts])


def norm(target: common_spec.LayerNormSpec, weights: dict, path: str) -> None:
    target.gamma = weights[f"{path}.weight"]
    target.beta = weights[f"{path}.bias"]


main(Path(sys.argv[1]), Path(sys.argv[2]))
