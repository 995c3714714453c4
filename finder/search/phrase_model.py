"""What is meant and how urgent it is, weighed from the features of a text.

The weights are of a multinomial logistic regression that `scripts/build_phrases` fits to phrases of ours. They are read
once a process, about 7 MB; a text costs some hundred rows of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from finder.db.reference import DATA
from finder.geo import Floats
from finder.search.phrase_words import features_of

FILE = DATA / "phrase_weights.npz"
LEVELS = ("none", "same-day", "emergency")
PLACES = ("hip", "elsewhere")


class Weighed(NamedTuple):
    """What a text weighs: logits of targets, probabilities of PLACES, LEVELS and flags; and what each token spoke for.

    `by_token` has a row a token and a column a target.
    """

    targets: Floats
    places: Floats
    levels: Floats
    flags: Floats
    by_token: Floats


@dataclass(frozen=True)
class PhraseModel:
    """Weights of features, a row each; columns are targets (ids of the catalogue), PLACES, LEVELS and flags."""

    targets: tuple[str, ...]
    flags: tuple[str, ...]
    rarity: NDArray[np.float32]
    weights: NDArray[np.int8]
    scale: NDArray[np.float32]
    bias: NDArray[np.float32]

    def weigh(self, tokens: list[str]) -> Weighed:
        """Return what the tokens of a text weigh."""
        features, counts, origins = features_of(tokens)
        values = counts * self.rarity[features]
        norm = float(np.sqrt((values**2).sum()))
        values = values / norm if norm else values
        spoken = self.weights[features] * values[:, None]
        logits = spoken.sum(axis=0) * self.scale + self.bias
        targets, levels = len(self.targets), len(self.targets) + len(PLACES)
        flags = levels + len(LEVELS)
        by_token = np.zeros((len(tokens) + 1, targets))
        # Features of the whole are the last row's, which -1 means.
        np.add.at(by_token, np.array(origins, np.int64), spoken[:, :targets])
        return Weighed(
            logits[:targets],
            probabilities(logits[targets:levels]),
            probabilities(logits[levels:flags]),
            probabilities(logits[flags:]),
            by_token[:-1] * self.scale[:targets],
        )


def probabilities(logits: Floats) -> Floats:
    """Return the probabilities that logits stand for."""
    raised = np.exp(logits - logits.max(initial=0.0))
    shares: Floats = raised / raised.sum()
    return shares


@cache
def shipped_model(path: Path = FILE) -> PhraseModel:
    """Return the model that the product ships, read once."""
    with np.load(path, allow_pickle=False) as stored:
        return PhraseModel(
            tuple(stored["targets"].tolist()), tuple(stored["flags"].tolist()), stored["rarity"], stored["weights"],
            stored["scale"], stored["bias"],
        )  # fmt: skip
