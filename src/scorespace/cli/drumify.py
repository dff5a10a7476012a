"""scorespace drumify: a rhythm in, drum grooves out."""

from __future__ import annotations

from scorespace.cli import options


def drumify(
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
    """Write drum grooves that fit a rhythm: tapped on a drum, or the notes of a melody.

    Takes a space of grooves, such as groove-2bar.

    Example: scorespace drumify taps.mid -n 4 -o out/
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
        lambda held, score: held.drumify(score, n, seed, temperature),
        whole=True,
        suits=lambda held: held.check_playing("drumify"),
        style=style,
    )
