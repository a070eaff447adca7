"""The one owner of the embedding model: a folder with a table of vectors and the tokenizer that belongs to it.

A text's direction is the mean of the vectors of its tokens, as model2vec reckons it (Static embeddings,
Minish Lab; the files are `model.safetensors` and `tokenizer.json`). The table stays on the disk: a text reads
its own rows, some hundred, so that a model of half a gigabyte costs no such memory. Nothing is ever
downloaded: a folder is opened, or an error says why not. The libraries are an extra and imported here alone.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
import os
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from monitor.core.meanings import beginning, kept, meaning
from monitor.errors import ModelError
from monitor.model import Article, EventRules, Meaning, Standard

log = logging.getLogger("monitor")

TABLE, TOKENIZER = "model.safetensors", "tokenizer.json"
INSTALL = "pip install 'wirewatch-monitor[vectors]'"
FEWEST = 8  # tokens that the model knows; fewer say too little
MOST = 512  # tokens that are read
PROBE = "Zürich, Київ and 東京: 1,350 ☃"  # some tokenizers fail at what they do not know
LARGEST_HEADER = 100_000_000  # bytes; what safetensors itself allows

# Kinds of numbers of the format (safetensors, "Format") → numpy's names, all little-endian.
KINDS = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I8": "<i1", "I64": "<i8", "I32": "<i4"}
VECTORS = ("embeddings", "embedding.weight")  # as model2vec and sentence-transformers call the table
_UNKNOWN = re.compile(rb'"unk_id"\s*:\s*(\d+)')  # of a Unigram tokenizer, which the library does not tell


class Tensor(NamedTuple):
    """Where one table of numbers lies in the file. `begin` and `size` are bytes."""

    kind: str  # numpy's name
    shape: tuple[int, ...]
    begin: int
    size: int


@dataclass(frozen=True, slots=True)
class Parts:
    """An opened model. `weights` and `rows` are there where its vocabulary was put together to fewer vectors."""

    numpy: Any
    tokenizer: Any
    unknown: int | None  # the token for what is no token: it says nothing
    vectors: Tensor
    weights: Any  # a factor for each token
    rows: Any  # which vector each token has


class Meanings:
    """What texts mean, by the model in a folder. Used by one thread; close it at the end."""

    def __init__(self, folder: Path, alike: float) -> None:
        """Open a model. Raises `ModelError`; takes a second or two, most of it reading the files through."""
        self.standard = Standard(folder.name, alike)
        self._folder = folder
        self._works = True
        try:
            self._file = os.open(folder / TABLE, os.O_RDONLY)
        except OSError as error:
            raise ModelError(f"{folder / TABLE}: cannot be read: {error.strerror}.") from error
        try:
            self._state = self._seen()
            self._parts, self._model = self._opened()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def of(self, article: Article) -> Meaning | None:
        """What an article says; None where it is too short for the model.

        Also None from the moment on when the model's file changes or cannot be read, which is logged once:
        its vectors would no longer be those of the model that was opened.
        """
        if not self._works:
            return None
        try:
            self._need_unchanged()
            vector = self._direction(beginning(article))
        except (OSError, ModelError) as error:
            self._works = False
            log.warning("%s: the model is not used any more until monitor is started again: %s", self._folder, error)  # fmt: skip
            return None
        return None if vector is None else meaning(self._model, vector)

    # ── opening ──────────────────────────────────────────────────────────────────────────────────

    def _opened(self) -> tuple[Parts, int]:
        numpy, tokenizers = _libraries()
        digest = hashlib.blake2b(digest_size=8)
        data = self._tokenizer_file()
        digest.update(hashlib.blake2b(data).digest())
        tokenizer = self._tokenizer(tokenizers, data)
        tensors = self._tensors()
        name = next((name for name in VECTORS if name in tensors), None)
        if name is None:
            raise self._wrong(TABLE, f"there is no table of word vectors in it, but {', '.join(sorted(tensors)[:4]) or 'nothing'}")  # fmt: skip
        size = int(tokenizer.get_vocab_size())
        weights, rows = (self._whole(numpy, tensors.get(part), size) for part in ("weights", "mapping"))
        vectors = tensors[name]
        self._check(vectors, size, rows)
        with os.fdopen(os.dup(self._file), "rb") as table:
            table.seek(0)
            digest.update(hashlib.file_digest(table, hashlib.blake2b).digest())
        parts = Parts(numpy, tokenizer, _unknown(tokenizer, data), vectors, weights, rows)
        return parts, int.from_bytes(digest.digest()) >> 1

    def _tokenizer_file(self) -> bytes:
        try:
            return (self._folder / TOKENIZER).read_bytes()
        except OSError as error:
            raise self._wrong(TOKENIZER, f"cannot be read: {error.strerror}") from error

    def _tokenizer(self, tokenizers: Any, data: bytes) -> Any:
        try:
            tokenizer = tokenizers.Tokenizer.from_buffer(data)
            tokenizer.no_padding()
            tokenizer.enable_truncation(MOST)
            tokenizer.encode(PROBE)
        except Exception as error:  # the library raises nothing more special
            raise self._wrong(TOKENIZER, f"is no tokenizer that reads every text: {error}") from error
        return tokenizer

    def _tensors(self) -> Mapping[str, Tensor]:
        """The tables of the file: eight bytes of length, as many of JSON, then the numbers."""
        length = int.from_bytes(os.pread(self._file, 8, 0), "little")
        if not 0 < length <= min(LARGEST_HEADER, self._state[0] - 8):
            raise self._wrong(TABLE, "is no safetensors file, or not all of it")
        try:
            header = json.loads(os.pread(self._file, length, 8))
            tensors = {
                name: _tensor(told, 8 + length) for name, told in header.items() if name != "__metadata__"
            }
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise self._wrong(TABLE, "is no safetensors file") from error
        if any(tensor.begin + tensor.size > self._state[0] for tensor in tensors.values()):
            raise self._wrong(TABLE, "is cut short; copy it again")
        return tensors

    def _whole(self, numpy: Any, tensor: Tensor | None, size: int) -> Any:
        """One number for each token, where the file has them."""
        if tensor is None:
            return None
        if tensor.kind not in KINDS.values() or tensor.shape != (size,):
            raise self._wrong(TABLE, "does not fit its tokenizer")
        return numpy.frombuffer(self._bytes(tensor.begin, tensor.size), tensor.kind)

    def _check(self, vectors: Tensor, tokens: int, rows: Any) -> None:
        """Raise `ModelError` where the table cannot be one vector for each token."""
        if vectors.kind not in KINDS.values():
            raise self._wrong(TABLE, f"has numbers of the kind {vectors.kind}; save the model with float32 or float16")  # fmt: skip
        count = vectors.shape[0] if len(vectors.shape) == 2 else 0  # noqa: PLR2004  a table
        needed = tokens if rows is None else 1 + int(rows.max(initial=0))
        fits = count == needed if rows is None else int(rows.min(initial=0)) >= 0 and needed <= count
        if not fits:
            raise self._wrong(TABLE, f"has {count} vectors, its tokenizer {tokens} tokens: they are not of one model")  # fmt: skip

    def _wrong(self, name: str, what: str) -> ModelError:
        return ModelError(
            f"{self._folder / name}: {what}. `events: model:` takes the folder of a static embedding model as "
            "model2vec stores it."
        )

    # ── reading ──────────────────────────────────────────────────────────────────────────────────

    def _seen(self) -> tuple[int, int]:
        state = os.fstat(self._file)
        return state.st_size, state.st_mtime_ns

    def _need_unchanged(self) -> None:
        if self._seen() != self._state:
            raise ModelError("it was changed while monitor runs")

    def _bytes(self, begin: int, size: int) -> bytes:
        found = os.pread(self._file, size, begin)
        if len(found) != size:
            raise ModelError("the file is shorter than it was")
        return found

    def _direction(self, text: str) -> bytes | None:
        """The sum of the vectors of a text's tokens, which points where their mean does; None where too few are known."""
        parts = self._parts
        whole = text.encode("utf-8", "replace").decode()  # half a surrogate pair is no text to the library
        try:
            ids = parts.tokenizer.encode(whole, add_special_tokens=False).ids
        except Exception:  # noqa: BLE001  the library raises nothing more special; an article is worth more
            return None
        counted = Counter(token for token in ids if token != parts.unknown)
        if counted.total() < FEWEST:
            return None
        tokens, size = list(counted), parts.vectors.size // parts.vectors.shape[0]
        rows = tokens if parts.rows is None else parts.rows[tokens].tolist()
        found = b"".join(self._bytes(parts.vectors.begin + row * size, size) for row in rows)
        table = parts.numpy.frombuffer(found, parts.vectors.kind).reshape(len(rows), -1).astype("f8")
        factors = parts.numpy.array(list(counted.values()), "f8")
        if parts.weights is not None:
            factors *= parts.weights[tokens]
        return kept((table * factors[:, None]).sum(axis=0).tolist())


def opened(rules: EventRules) -> Meanings | None:
    """The model of the configuration; None where there is none. Raises `ModelError`."""
    return Meanings(rules.model, rules.alike) if rules.model else None


def _libraries() -> tuple[Any, Any]:
    try:
        import numpy as np
        import tokenizers
    except ImportError as error:
        raise ModelError(f"`events: model:` needs an extra that is not installed: {INSTALL}") from error
    return np, tokenizers


def _tensor(told: Mapping[str, Any], begin: int) -> Tensor:
    """One entry of the header. Raises ValueError, KeyError, TypeError where it is none."""
    first, end = told["data_offsets"]
    shape = tuple(int(count) for count in told["shape"])
    kind = KINDS.get(told["dtype"], str(told["dtype"]))
    size = int(end) - int(first)
    width = int(kind[-1]) if kind in KINDS.values() else 0
    if (
        first < 0
        or size < 0
        or any(count < 0 for count in shape)
        or (width and size != width * math.prod(shape))
    ):
        raise ValueError("a table that lies nowhere")
    return Tensor(kind, shape, begin + int(first), size)


def _unknown(tokenizer: Any, data: bytes) -> int | None:
    """The token that stands for what is none: named by most kinds of tokenizers, numbered by Unigram."""
    named = getattr(tokenizer.model, "unk_token", None)
    if named is not None:
        found: int | None = tokenizer.token_to_id(named)
        return found
    numbered = _UNKNOWN.search(data)
    return int(numbered[1]) if numbered else None
