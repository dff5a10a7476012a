"""scorespace sample: new phrases."""

from __future__ import annotations

from scorespace.cli import options


def sample(
    n: options.Count = 8,
    seed: options.Seed = None,
    temperature: options.Temperature = 0.95,
    genre: options.Genre = None,
    style: options.Style = None,
    out: options.Out = options.HERE,
    space: options.SpaceOfStyle = None,
    join: options.Join = False,
    wav: options.Wav = False,
    png: options.Png = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
    force: options.Force = False,
) -> None:
    """Write new phrases, drawn from the space.

    Example: scorespace sample -n 4 --seed 7 -o out/

    With a genre: scorespace sample -m musae-16bar --genre country -o out/
    """
    from scorespace.cli.talk import Output, open_space, say_seed

    output = Output(out, join, wav, png, as_json, force)
    output.check(n)
    loaded = open_space(space, style)
    takes = loaded.sample(n, seed, temperature, genre)
    say_seed(takes[0])
    output.deliver(takes, loaded.name)
