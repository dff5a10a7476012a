"""scorespace humanise: given strokes, played."""

from __future__ import annotations

from scorespace.cli import options


def humanise(
    files: options.ScoreFiles,
    n: options.Count = 8,
    seed: options.Seed = None,
    temperature: options.Temperature = 0.5,
    style: options.Style = None,
    out: options.Out = options.HERE,
    space: options.SpaceName = options.GROOVE_SPACE,
    join: options.Join = False,
    wav: options.Wav = False,
    png: options.Png = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
    force: options.Force = False,
) -> None:
    """Write a beat as a drummer might play it: the same strokes, with velocities and timings of their own.

    Takes a space of grooves, such as groove-2bar.

    Example: scorespace humanise beat.mid -n 4 -o out/
    """
    from scorespace.cli.talk import Output
    from scorespace.cli.vary import each

    output = Output(out, join, wav, png, as_json, force)
    output.check(n, len(files))
    each(
        files,
        space,
        output,
        quiet,
        lambda held, score: held.humanise(score, n, seed, temperature),
        rewritten=False,
        suits=lambda held: held.check_playing("humanise"),
        style=style,
    )
