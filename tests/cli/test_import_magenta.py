"""scorespace import-magenta: a space that every verb takes, or one sentence and nothing written."""

from __future__ import annotations

from pathlib import Path

import pytest
from magenta_checkpoints import flat, javascript, tensorflow
from tiny_space import tune
from typer.testing import CliRunner

from scorespace.cli import app


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    javascript(tmp_path / "mel_2bar", flat())
    return lambda *words: CliRunner().invoke(app, list(words))


def test_every_verb_takes_what_was_imported(run) -> None:
    done = run("import-magenta", "mel_2bar", "-o", "spaces/mel")
    assert (done.exit_code, done.stdout) == (0, f"{Path('spaces/mel')}\n"), done.output
    assert "mel_2bar: JavaScript, weights of 32 bits" in done.stderr
    tune().write("a.mid")
    tune((72, 71, 69, 67, 65, 64, 62, 60)).write("b.mid")
    space = ("--space", "spaces/mel", "-o", "out")
    for words in (
        ("sample", "-n", "2", "--seed", "1"),
        ("reconstruct", "a.mid"),
        ("vary", "a.mid", "-n", "2", "--seed", "1"),
        ("interpolate", "a.mid", "b.mid", "--steps", "3"),
        ("palette", "a.mid", "b.mid", "a.mid", "b.mid", "--size", "2"),
    ):
        result = run(*words, *space)
        assert result.exit_code == 0, result.output
        assert all(Path(path).is_file() for path in result.stdout.split())
    assert run("check", "a.mid", "--space", "spaces/mel").exit_code == 0
    assert run("models", "verify", "spaces/mel").exit_code == 0
    assert "a MusicVAE of Magenta's" in run("models", "info", "spaces/mel").stdout


def test_a_folder_is_replaced_with_force_alone(run) -> None:
    assert run("import-magenta", "mel_2bar", "-o", "space").exit_code == 0
    tensorflow(Path("other.ckpt"), flat(z=3))
    before = Path("space/config.json").read_text()
    refused = run("import-magenta", "other.ckpt", "-o", "space")
    assert refused.exit_code == 2
    assert "space is there already: --force replaces it." in refused.stderr
    assert Path("space/config.json").read_text() == before
    assert run("import-magenta", "other.ckpt", "-o", "space", "--bars", "4", "--force").exit_code == 0
    assert '"bars": 4' in Path("space/config.json").read_text()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("gone", "-o", "space"), 3, "gone: is not there."),
        (("a.mid", "-o", "space"), 3, "is no checkpoint that is known"),
        (("mel_2bar", "-o", "space", "--bars", "0"), 2, "--bars"),
        (("broken", "-o", "space"), 3, "fetch the checkpoint again."),
        (("mel_2bar", "-o", "music", "--force"), 4, "music is there and is not a checkpoint"),
        (("mel_2bar",), 2, "Missing option"),
    ],
)
def test_what_goes_wrong_is_one_sentence_and_an_exit_code(run, words, code, said) -> None:
    Path("a.mid").write_bytes(b"MThd")
    Path("music").mkdir()
    Path("music/song.mid").touch()
    (javascript(Path("broken"), flat()) / "group1-shard1of1").touch()
    for shard in Path("broken").glob("*shard1of*"):
        shard.write_bytes(b"")
    before = sorted(Path().rglob("*"))
    result = run("import-magenta", *words)
    assert result.exit_code == code
    assert said in result.stderr
    assert result.stdout == ""
    assert sorted(Path().rglob("*")) == before
