"""Fit the weights of patients' words: a multinomial logistic regression each for what is meant, how urgent, which flag.

Deterministic: the same phrases give the same file.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize

from finder.search.phrase_model import FILE, LEVELS, PLACES
from finder.search.phrase_words import BUCKETS, features_of, tokens_of

_ROOT = Path(__file__).resolve().parents[1]
_WRITTEN = _ROOT / "data" / "phrases" / "written.jsonl"
_PENALTY, _STEPS = {"targets": 1e-5, "places": 6e-6, "levels": 6e-6, "flags": 2e-5}, 110
_NOT_HIP = "not_hip"
# A phrase that may mean several things is mostly the first of them.
_FIRST_SHARE = 0.75
# The priors of what was written, not of patients, are taken out again to so much.
_LESS_PRIOR, _LESS_PAIN = 0.35, 0.75
_FIELDS = ("synonyms_en", "synonyms_es", "misspellings", "match_only", "phrases_en", "phrases_es")
_KEYS = "qwertyuiop asdfghjkl zxcvbnm"


class Example(NamedTuple):
    """A phrase: what it may mean, best first (none: not said), its level ("" not said) and its flags."""

    phrase: str
    meant: tuple[str, ...]
    level: str = ""
    flags: tuple[str, ...] = ()
    weight: float = 1.0


def main() -> None:
    """Read, fit, write, and print how the tuning set fares."""
    catalogue = json.loads((_ROOT / "data" / "catalogue.json").read_text(encoding="utf-8"))
    examples = [*_of_catalogue(catalogue), *_written()]
    slipped = random.Random(1)  # noqa: S311
    examples += [one._replace(phrase=_slip(one.phrase, slipped), weight=0.5) for one in examples]
    targets = (*(row["id"] for row in catalogue["conditions"]), *catalogue["procedures"])
    flags = tuple(row["id"] for row in catalogue["red_flags"])
    counted = _counted(examples)
    rarity = np.log((1 + len(examples)) / (1 + np.bincount(counted.indices, minlength=BUCKETS))).astype(np.float32)
    rows = _weighed(counted, rarity)
    parts = [
        _fit(rows, examples, targets, "targets", lambda one: _shares(one.meant, targets)),
        _fit(rows, examples, PLACES, "places", lambda one: _places(one.meant)),
        _fit(rows, examples, LEVELS, "levels", lambda one: {one.level: 1.0} if one.level else {}),
        _fit(rows, examples, flags, "flags", lambda one: {flag: 1 / len(one.flags) for flag in one.flags}),
    ]
    weights = np.hstack([part[:-1] for part in parts])
    scale = np.abs(weights).max(axis=0).clip(min=1e-9) / 127
    np.savez_compressed(
        FILE, targets=np.array(targets), flags=np.array(flags), rarity=rarity,
        weights=np.rint(weights / scale).astype(np.int8), scale=scale.astype(np.float32),
        bias=np.hstack([part[-1] for part in parts]).astype(np.float32),
    )  # fmt: skip
    print(f"{len(examples):,} phrases with their slips, {FILE.stat().st_size / 1e6:.1f} MB")


def _of_catalogue(catalogue: dict[str, Any]) -> Iterator[Example]:
    for row in catalogue["conditions"]:
        yield from _phrases_of(row, row["id"])
    for key, row in catalogue["procedures"].items():
        yield from _phrases_of(row, key)
    for one in catalogue["must_not_match"]:
        yield Example(one["phrase"], (_NOT_HIP,), "" if one["may_raise_flag"] else "none", weight=3)
    for row in catalogue["red_flags"]:
        for field in ("phrases_en", "phrases_es"):
            for phrase in row[field]:
                yield Example(phrase, (), row["level"], (row["id"],))
    for one in catalogue["query_examples"]:
        least, most = one["urgency_at_least"], one["urgency_at_most"]
        level = least if least in LEVELS[1:] else "none" if most in ("none", "routine", "soon") else ""
        meant = tuple(key for key in one["expect_any_of"] if key != "none") or (_NOT_HIP,)
        yield Example(one["phrase"], meant, level, tuple(one["expect_flags_any_of"]), weight=3)


def _phrases_of(row: dict[str, Any], key: str) -> Iterator[Example]:
    for field in _FIELDS:
        for phrase in row.get(field) or ():
            yield Example(phrase, (key,))
    yield Example(row["name_en"], (key,))
    yield Example(row["name_es"], (key,))


def _written() -> Iterator[Example]:
    with _WRITTEN.open(encoding="utf-8") as lines:
        for line in lines:
            one = json.loads(line)
            yield Example(one["phrase"], tuple(one["meant"]), one["level"], tuple(one["flags"]))


def _slip(phrase: str, draw: random.Random) -> str:
    """Return a phrase as a hurried thumb writes it: in some words a letter is wrong, gone, twice or moved."""
    return " ".join(_slipped(word, draw) if len(word) > 3 and draw.random() < 0.5 else word for word in phrase.split())


def _slipped(word: str, draw: random.Random) -> str:
    at = draw.randrange(1, len(word) - 1)
    before, letter, after = word[:at], word[at], word[at + 1 :]
    near = _KEYS.find(letter.lower())
    match draw.randrange(4):
        case 0:
            return before + after
        case 1:
            return before + letter * 2 + after
        case 2:
            return before + after[:1] + letter + after[1:]
        case _:
            return before + (_KEYS[min(near + 1, len(_KEYS) - 1)].strip() or letter if near >= 0 else letter) + after


def _places(meant: tuple[str, ...]) -> dict[str, float]:
    """Return where it is: what may be either counts by the first."""
    if not meant:
        return {}
    elsewhere = meant[0] == _NOT_HIP
    sure = 1.0 if len({one == _NOT_HIP for one in meant}) == 1 else _FIRST_SHARE
    return {PLACES[elsewhere]: sure} | ({PLACES[not elsewhere]: 1 - sure} if sure < 1 else {})


def _shares(meant: tuple[str, ...], targets: tuple[str, ...]) -> dict[str, float]:
    known = list(dict.fromkeys("hip-pain" if key == "hip_unknown" else key for key in meant))
    known = [key for key in known if key in targets]
    if len(known) < 2:
        return dict.fromkeys(known, 1.0)
    return {known[0]: _FIRST_SHARE} | dict.fromkeys(known[1:], (1 - _FIRST_SHARE) / (len(known) - 1))


def _counted(examples: list[Example]) -> sparse.csr_matrix:
    ends, numbers, values = [0], [], []
    for one in examples:
        features, counts, _origins = features_of(tokens_of(one.phrase))
        numbers.append(features)
        values.append(counts)
        ends.append(ends[-1] + len(features))
    return sparse.csr_matrix((np.concatenate(values), np.concatenate(numbers), ends), (len(examples), BUCKETS))


def _weighed(counted: sparse.csr_matrix, rarity: NDArray[np.float32]) -> sparse.csr_matrix:
    rows = counted @ sparse.diags(rarity)
    norms = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    return (sparse.diags(1 / np.where(norms > 0, norms, 1)) @ rows).tocsr().astype(np.float32)


def _fit(rows: Any, examples: list[Example], names: tuple[str, ...], part: str, shares: Any) -> NDArray[np.float32]:
    """Return weights of all buckets, and the bias as the last row."""
    wanted = [shares(one) for one in examples]
    kept = [n for n, one in enumerate(wanted) if one]
    truth = np.zeros((len(kept), len(names)), np.float32)
    for n, number in enumerate(kept):
        for name, share in wanted[number].items():
            truth[n, names.index(name)] = share
    importance = np.array([examples[n].weight for n in kept], np.float32)
    importance /= importance.sum()
    there = rows[kept]
    buckets = np.unique(there.indices)
    there = there[:, buckets]
    turned, penalty = there.T.tocsr(), _PENALTY[part]

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights = flat.reshape(len(buckets) + 1, len(names)).astype(np.float32)
        logits = there @ weights[:-1] + weights[-1]
        logits -= logits.max(axis=1, keepdims=True)
        raised = np.exp(logits)
        sums = raised.sum(axis=1, keepdims=True)
        off = (raised / sums - truth) * importance[:, None]
        value = -float(((truth * (logits - np.log(sums))).sum(axis=1) * importance).sum())
        value += penalty / 2 * float((weights[:-1] ** 2).sum())
        slope = np.vstack((turned @ off + penalty * weights[:-1], off.sum(axis=0)[None]))
        return value, slope.ravel().astype(np.float64)

    start = np.zeros((len(buckets) + 1) * len(names))
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _STEPS, "maxcor": 5})
    fitted = found.x.reshape(-1, len(names)).astype(np.float32)
    whole = np.zeros((BUCKETS + 1, len(names)), np.float32)
    whole[buckets], whole[-1] = fitted[:-1], fitted[-1]
    if part == "targets":
        prior = np.log((truth * importance[:, None]).sum(axis=0).clip(min=1e-6))
        # Pain without a cause is common with patients too, though not as common as in what was written.
        own = np.array([name != "hip-pain" for name in names])
        whole[-1] -= _LESS_PRIOR * (prior - prior[own].mean()) * own + _LESS_PAIN * ~own
    return whole


if __name__ == "__main__":
    main()
