"""Few-shot styles: what 15 files of one source say about 15 others of it (docs/adapt.md).

    python benchmarks/adapt.py SPACE -o OUT.json --source NAME=GLOB --source NAME=GLOB ... [--splits 2] [--samples 96]
    python benchmarks/adapt.py SPACE -o OUT.json --source ... --weights 60

Each source is a kind of files of its own: a composer, a drummer, a game. For each split 15 files are learnt from, 15
are held out, and samples of the same random numbers are drawn from

    space     the prior as it was trained
    style     `Space.adapt`: a Gaussian, how far it trusts the files chosen by leaving some out
    others    a Gaussian of the files of all other sources: what is gained by any real music, of whatever style
    kernels   a Gaussian around each phrase learnt from, half of the way from the middle to it (0.5)
    vae       a variational autoencoder over z with 8 numbers (MidiMe: Dinculescu et al. 2019)

Measured on the files held out: nats of the code of a phrase (the KL from the posterior, of which lower is better), the
overlap of the samples' attribute histograms with theirs and with those of the other sources, the share of samples that
copy a phrase learnt from in some key (onset F1 of 0.9), and how much samples differ. `--weights SECONDS` tunes low-rank
changes (rank 4) of all matrices instead, and prints the cost of held-out phrases before and after, beside the same
amount of training on other sources' files. `--verbs` measures what other verbs do in a style: how much likelier in it
than in the space the middle of a line, a variation and an edit are (nats), and the overlaps as above.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from scorespace import load
from scorespace.errors import InputError
from scorespace.evaluation import statistics
from scorespace.models.base import LatentModel
from scorespace.music import copying, files
from scorespace.music.agreement import onset_f1
from scorespace.music.score import Score
from scorespace.space import Space, adapting, noise
from scorespace.space.adapting import Heard

LEARNT, MOST = 15, 60
RHO, CODE, HIDDEN, ROUNDS, RANK = 0.5, 8, 64, 600, 4
FIGURES = ("nats", "own", "others", "copied", "nearest", "difference", "seconds")


def heard(space: Space, pattern: str, seed: int = 0) -> Heard:
    """The phrases of up to MOST files of a source, in an order drawn from the seed."""
    bench, found = space._bench, Heard()
    paths = sorted((Path(pattern).anchor and Path("/").glob(pattern.lstrip("/"))) or Path().glob(pattern))
    for place in np.random.default_rng(seed).permutation(len(paths)):
        if len(found) == MOST:
            break
        try:
            row, tokens = adapting.usable(bench, Path(paths[place]).name, files.read(paths[place]))
        except InputError:
            continue
        if row.phrases >= 3:
            adapting._hear(bench, found, row.name, tokens[:: max(1, len(tokens) // 24)])
    return found


def split(source: Heard, seed: int) -> tuple[Heard, Heard]:
    """LEARNT files, and LEARNT others."""
    order = np.random.default_rng(seed).permutation(len(source)).tolist()
    return source.chosen(order[:LEARNT]), source.chosen(order[LEARNT : 2 * LEARNT])


def style(space: Space, learnt: Heard) -> dict[str, np.ndarray]:
    """The arrays of the style that `Space.adapt` makes of these files."""
    bench = space._bench
    losses = {h: adapting._left_out(bench, learnt, h)[0] for h in adapting.HOLDINGS}
    return adapting.fit(bench, learnt, min(losses, key=lambda h: losses[h]))


def gaussian(space: Space, arrays: dict[str, np.ndarray]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """How to draw from a style's arrays with normals (n, Z), and what codes cost, (N,) nats."""
    prior = adapting.Styled(torch.ones(space.z_size), *(torch.from_numpy(arrays[key]) for key in adapting.SHAPES))
    return lambda n: prior.place(torch.from_numpy(n)).numpy(), lambda m, s: prior.kl(*map(torch.from_numpy, (m, s)))


def kernels(space: Space, learnt: Heard, seed: int) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The mixture of Gaussians around phrases; its covariance is the style's less what the means spread."""
    arrays = adapting.fit(space._bench, learnt, 100.0)
    prior = adapting.Styled(torch.ones(space.z_size), *(torch.from_numpy(arrays[key]) for key in adapting.SHAPES))
    points = np.concatenate(learnt.means)
    weights = np.concatenate([np.full(len(rows), 1 / len(rows) / len(learnt)) for rows in learnt.means])
    middle, trust = prior.mean.numpy(), len(points) / (len(points) + 100)
    centres, aside = middle + RHO * (points - middle), points - middle
    whole = np.linalg.inv(prior._precision().numpy())
    within = whole - RHO**2 * trust * (aside * weights[:, None]).T @ aside
    values, vectors = np.linalg.eigh(within)
    root = vectors * np.sqrt(np.maximum(values, 1e-3))
    random = np.random.default_rng(seed)

    def cost(means: np.ndarray, scales: np.ndarray) -> np.ndarray:
        z = means + scales * np.random.default_rng(seed).standard_normal(means.shape)
        white, around = (np.linalg.solve(root, rows.T).T for rows in (z, centres))
        far = (white**2).sum(1)[:, None] + (around**2).sum(1) - 2 * white @ around.T
        log = np.logaddexp.reduce(np.log(weights) - 0.5 * far, axis=1) - np.linalg.slogdet(root)[1]
        entropy = np.log(scales).sum(1) + 0.5 * ((z - means) ** 2 / scales**2).sum(1)
        return -entropy - log

    return lambda n: centres[random.choice(len(points), len(n), p=weights)] + n @ root.T, cost


class Small(nn.Module):
    """MidiMe's kind of model: an autoencoder over z."""

    def __init__(self, z_size: int) -> None:
        super().__init__()
        self.into = nn.Sequential(nn.Linear(z_size, HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, 2 * CODE))
        self.out = nn.Sequential(nn.Linear(CODE, HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, z_size))
        self.widths = nn.Parameter(torch.zeros(z_size))

    def cost(self, z: Tensor) -> Tensor:
        """(B,) nats: a bound of -log p(z), without the constant of the Gaussian."""
        mean, width = self.into(z).chunk(2, 1)
        code = mean + width.exp() * torch.randn_like(mean)
        far = 0.5 * ((z - self.out(code)) / self.widths.exp()).square() + self.widths
        return far.sum(1) + (0.5 * mean.square() + 0.5 * (2 * width).exp() - 0.5 - width).sum(1)


def small_vae(space: Space, learnt: Heard, seed: int) -> tuple[Callable[..., Any], Callable[..., Any]]:
    torch.manual_seed(seed)
    means, scales = (torch.from_numpy(np.concatenate(rows)).float() for rows in (learnt.means, learnt.scales))
    weights = torch.cat([torch.full((len(rows),), 1 / len(rows)) for rows in learnt.means])
    model = Small(space.z_size)
    optimiser = torch.optim.AdamW(model.parameters(), 2e-3, weight_decay=0.1)
    for _ in range(ROUNDS):
        chosen = torch.multinomial(weights, 128, replacement=True)
        loss = model.cost(means[chosen] + scales[chosen] * torch.randn(128, space.z_size)).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    @torch.no_grad()
    def draw(normals: np.ndarray) -> np.ndarray:
        around = model.out(torch.randn(len(normals), CODE)) + model.widths.exp() * torch.from_numpy(normals).float()
        points: np.ndarray = around.double().numpy()
        return points

    @torch.no_grad()
    def cost(means: np.ndarray, scales: np.ndarray) -> np.ndarray:
        mean, scale = torch.from_numpy(means).float(), torch.from_numpy(scales).float()
        bounds = torch.stack([model.cost(mean + scale * torch.randn_like(mean)) for _ in range(8)]).mean(0)
        return bounds.double().numpy() - np.log(scales).sum(1) - 0.5 * space.z_size  # type: ignore[no-any-return]

    return draw, cost


def measure(space: Space, sources: dict[str, Heard], name: str, seed: int, samples: int) -> dict[str, dict[str, float]]:
    """Figures of every kind of prior on one split of one source."""
    learnt, held = split(sources[name], seed)
    rest = [split(rows, seed)[0] for other, rows in sources.items() if other != name]
    others = Heard(
        *([row for one in rest for row in getattr(one, key)] for key in ("names", "tokens", "means", "scales"))
    )
    own, known, aside = (np.concatenate(rows.tokens) for rows in (held, learnt, others))
    normals = np.stack([noise.normals(seed, take, 0, space.z_size) for take in range(samples)])
    made: dict[str, Callable[[], tuple[Callable[..., Any], Callable[..., Any]]]] = {
        "space": lambda: (lambda n: n, lambda m, s: space._plain.kl(*map(torch.from_numpy, (m, s)))),
        "style": lambda: gaussian(space, style(space, learnt)),
        "others": lambda: gaussian(space, adapting.fit(space._bench, others, 30.0)),
        "kernels": lambda: kernels(space, learnt, seed),
        "vae": lambda: small_vae(space, learnt, seed),
    }
    found = {"files": overlap(space, known, own, aside)}
    for kind, make in made.items():
        begun = time.process_time()
        draw, cost = make()
        spent = time.process_time() - begun
        nats = np.mean([np.asarray(cost(m, s)).mean() for m, s in zip(held.means, held.scales, strict=True)])
        tokens = space._decode(draw(normals), 0.95, [(seed, take, 0) for take in range(samples)])
        near = copying.nearest_f1(tokens, known, space.grid)
        found[kind] = {
            "nats": float(nats),
            **overlap(space, tokens, own, aside),
            "copied": float((near >= copying.COPIED).mean()),
            "nearest": float(near.mean()),
            "difference": float(statistics.pairwise_difference(tokens)),
            "seconds": spent,
        }
    return found


def overlap(space: Space, tokens: np.ndarray, own: np.ndarray, others: np.ndarray) -> dict[str, float]:
    pairs = {"own": own, "others": others}
    return {
        key: float(np.mean(list(statistics.overlaps(tokens, one, space.grid).values()))) for key, one in pairs.items()
    }


class LowRank(nn.Module):
    """W + B A, from B = 0."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        rows, columns = weight.shape
        self.a = nn.Parameter(torch.randn(RANK, columns) / columns**0.5)
        self.b = nn.Parameter(torch.zeros(rows, RANK))

    def forward(self, weight: Tensor) -> Tensor:
        return weight + self.b @ self.a


def tuned(space_name: str, learnt: Heard, held: Heard, seconds: float, seed: int) -> dict[str, list[float]]:
    """[reconstruction, KL] of held-out phrases before and after low-rank training, nats a phrase."""
    model = load(space_name)._model.float()
    tokens = torch.from_numpy(np.concatenate(learnt.tokens).astype(np.int64))
    target = torch.from_numpy(np.concatenate(held.tokens).astype(np.int64))
    found = {"before": costs(model, target)}
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    torch.manual_seed(seed)
    for module in [one for one in model.modules() if isinstance(one, nn.Linear)]:
        parametrize.register_parametrization(module, "weight", LowRank(module.weight))
    optimiser = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], 1e-3, weight_decay=0.01)
    begun, generator = time.process_time(), torch.Generator().manual_seed(seed)
    while time.process_time() - begun < seconds:
        batch = tokens[torch.randint(len(tokens), (32,), generator=generator)]
        loss = model.loss(batch, 10**6, "train", generator)["loss"]
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return {**found, "after": costs(model, target)}


@torch.no_grad()
def costs(model: LatentModel, tokens: Tensor) -> list[float]:
    """[reconstruction, KL], nats a phrase."""
    mean, scale = model.encode(tokens)
    z = mean + scale * torch.randn(mean.shape, generator=torch.Generator().manual_seed(0))
    return [float(-model.log_likelihood(tokens, z).mean()), float(model.prior.kl(mean, scale).mean())]


def verbs(space: Space, learnt: Heard, held: Heard, others: Heard, seed: int, count: int = 24) -> dict[str, Any]:
    """Figures of the verbs without and with the style of `learnt`, on phrases of `held` and of other sources."""
    arrays = style(space, learnt)
    prior = adapting.Styled(torch.ones(space.z_size), *(torch.from_numpy(arrays[key]) for key in adapting.SHAPES))
    made = adapting.Style("style", space.name, space.weights, arrays, {})
    spaces = {"space": space, "style": space.with_style(made)}
    random = np.random.default_rng(seed)
    own, far = (space_scores(space, rows, random, 2 * count) for rows in (held, others))

    def likelier(takes: list[Any]) -> float:
        """Nats by which the points of takes are likelier in the style than in the space, the mean."""
        points = torch.from_numpy(np.concatenate([take.z for take in takes]))
        return float((prior.log_prob(points) - space._plain.log_prob(points)).mean())

    compared = np.concatenate(held.tokens), np.concatenate(others.tokens)
    found: dict[str, Any] = {}
    for name, one in spaces.items():
        row: dict[str, Any] = {}
        for kind, scores in (("own", own), ("others", far)):
            pairs = zip(scores[:count], scores[count:], strict=True)
            middles = [one.interpolate(a, b, steps=3)[1] for a, b in pairs]
            varied = [one.vary(a, 1, 0.5, seed=seed)[0] for a in scores[:count]]
            for verb, takes in (("middle", middles), ("half varied", varied)):
                tokens = np.concatenate([space.grid.to_tokens(take.score)[None] for take in takes])
                row[f"{verb}, {kind}"] = [likelier(takes), *overlap(space, tokens, *compared).values()]
        edits = [one.edit(a, density=2.0 if "drums" not in space.grid.parts else -2.0) for a in far[:count]]
        row["edit, others"] = likelier(edits)
        row["edit reached"] = float(np.mean([take.provenance["reached"] for take in edits]))
        kept = [onset_share(space, a, take.score) for a, take in zip(far, edits, strict=False)]
        found[name] = {**row, "edit kept": float(np.mean(kept))}
    return found


def space_scores(space: Space, rows: Heard, random: np.random.Generator, count: int) -> list[Score]:
    tokens = np.concatenate(rows.tokens)
    chosen = random.choice(len(tokens), count, replace=len(tokens) < count)
    return [space.grid.to_score(tokens[k]) for k in chosen]


def onset_share(space: Space, before: Score, after: Score) -> float:
    first, second = (space.grid.to_tokens(score)[None] for score in (before, after))
    return float(onset_f1(first, second, space.grid)[0])


def table(cells: list[dict[str, dict[str, float]]]) -> str:
    """Means over sources and splits, with the standard error of the difference to the space."""
    lines = ["| prior | " + " | ".join(FIGURES) + " |", "|---" * (len(FIGURES) + 1) + "|"]
    for kind in cells[0]:
        shown = []
        for figure in FIGURES:
            if figure not in cells[0][kind]:
                shown.append("")
                continue
            rows = np.array([cell[kind][figure] for cell in cells])
            apart = rows - np.array([cell["space"][figure] for cell in cells])
            error = apart.std(ddof=1) / len(cells) ** 0.5 if len(cells) > 1 else 0.0
            digits = 1 if figure in ("nats", "seconds") else 3
            shown.append(f"{rows.mean():.{digits}f}" + (f" ({error:.{digits}f})" if kind != "space" else ""))
        lines.append(f"| {kind} | " + " | ".join(shown) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("space")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--source", action="append", required=True, metavar="NAME=GLOB")
    parser.add_argument("--splits", type=int, default=2)
    parser.add_argument("--samples", type=int, default=96)
    parser.add_argument("--verbs", action="store_true")
    parser.add_argument("--weights", type=float, default=0.0, metavar="SECONDS")
    options = parser.parse_args()
    torch.set_num_threads(1)
    space = load(options.space)
    sources = {name: heard(space, pattern) for name, pattern in (one.split("=", 1) for one in options.source)}
    result: dict[str, Any] = {"space": options.space, "weights": space.weights, "splits": options.splits}
    result["sources"] = {name: len(rows) for name, rows in sources.items()}
    rows: dict[str, Any] = result.setdefault("cells", {})
    for name in sources:
        for seed in range(options.splits):
            if options.weights:
                learnt, held = split(sources[name], seed)
                other = next(rows for key, rows in sources.items() if key != name)
                control = split(other, seed)[0]
                given = {"own": learnt, "control": control}
                rows[f"{name} {seed}"] = {
                    key: tuned(options.space, one, held, options.weights, seed) for key, one in given.items()
                }
            elif options.verbs:
                learnt, held = split(sources[name], seed)
                other = split(next(rows for key, rows in sources.items() if key != name), seed)[0]
                rows[f"{name} {seed}"] = verbs(space, learnt, held, other, seed)
            else:
                rows[f"{name} {seed}"] = measure(space, sources, name, seed, options.samples)
            options.output.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
            print(name, seed, rows[f"{name} {seed}"] if options.weights or options.verbs else "", flush=True)
    if not options.weights and not options.verbs:
        print(table(list(rows.values())))


if __name__ == "__main__":
    main()
