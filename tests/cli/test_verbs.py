"""The commands of the verbs, called in this process: paths on standard output, talk on standard error, exit codes."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_space import save_tiny, tune
from typer.testing import CliRunner

from scorespace.cli import app
from scorespace.cli.sample import sample as sample_command
from scorespace.cli.talk import split_bars
from scorespace.cli.vary import vary as vary_command
from scorespace.music import files
from scorespace.music.score import Score
from scorespace.space import Space, load, replay


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return save_tiny(tmp_path_factory.mktemp("space") / "tiny")


@pytest.fixture
def run(tiny, tmp_path, monkeypatch):
    """Runs a command in an empty folder, in the tiny space."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SCORESPACE_SPACE", str(tiny))
    monkeypatch.delenv("SCORESPACE_DEBUG", raising=False)

    def command(*words: str, given: bytes | None = None):
        return CliRunner().invoke(app, [str(word) for word in words], input=given)

    return command


@pytest.fixture
def tunes(tmp_path):
    """Four tunes of two bars, and one of seven."""
    for k, name in enumerate("abcd"):
        tune(tuple(60 + k + step for step in (0, 2, 4, 5, 7, 5, 4, 2))).write(tmp_path / f"{name}.mid")
    tune(tuple(60 + k % 12 for k in range(28))).write(tmp_path / "long.mid")


def written(result) -> list[Path]:
    """The paths a command printed; each of them must be there."""
    assert result.exit_code == 0, result.output
    paths = [Path(line) for line in result.stdout.splitlines()]
    assert paths
    assert all(path.is_file() for path in paths)
    return paths


def failed(result, code: int) -> str:
    """The one line on standard error that says why; nothing stands on standard output."""
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    lines = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1
    assert "Traceback" not in result.output
    return lines[0]


def test_sample_writes_what_the_space_samples(run, tiny):
    result = run("sample", "-n", 3, "--seed", 7, "-o", "out")
    paths = written(result)
    assert [path.as_posix() for path in paths] == [f"out/tiny.sample-7-0{k}.mid" for k in (1, 2, 3)]
    assert result.stderr == "seed 7\n"
    takes = load(tiny).sample(3, seed=7)
    assert [path.read_bytes() for path in paths] == [take.to_midi_bytes() for take in takes]


def test_a_seed_is_chosen_printed_and_in_the_name(run):
    result = run("sample", "-n", 1)
    seed = result.stderr.removeprefix("seed ").strip()
    assert written(result)[0].name == f"tiny.sample-{seed}-01.mid"


def test_existing_files_are_not_replaced_without_force(run):
    command = ("sample", "-n", 2, "--seed", 7, "-o", "out")
    assert [path.name[-6:-4] for path in written(run(*command))] == ["01", "02"]
    assert [path.name[-6:-4] for path in written(run(*command))] == ["03", "04"]
    assert [path.name[-6:-4] for path in written(run(*command, "--force"))] == ["01", "02"]


def test_one_take_into_one_file(run):
    command = ("sample", "-n", 1, "--seed", 7, "-o", "new.mid")
    assert written(run(*command)) == [Path("new.mid")]
    assert "--force" in failed(run(*command), 2)
    written(run(*command, "--force"))
    assert "name a folder" in failed(run("sample", "-n", 2, "-o", "two.mid"), 2)
    Path("notes").write_text("mine")
    assert "notes is a file" in failed(run("sample", "-n", 1, "-o", "notes"), 2)


def test_notation_can_be_written(run):
    path = written(run("sample", "-n", 1, "-t", 2, "--seed", 7, "-o", "new.musicxml"))[0]
    assert files.read(path).metres[0].numerator == 4


def test_standard_output_and_input_take_midi(run, tunes):
    result = run("vary", "-", "-n", 1, "--seed", 1, "-o", "-", given=Path("a.mid").read_bytes())
    assert result.exit_code == 0, result.output
    assert result.stdout_bytes[:4] == b"MThd"


def test_sound_and_picture_beside_a_take(run):
    paths = written(run("sample", "-n", 1, "--seed", 7, "--wav", "--png"))
    assert [path.suffix for path in paths] == [".mid", ".wav", ".png"]
    assert len({path.stem for path in paths}) == 1


def test_json_names_every_take(run):
    result = run("sample", "-n", 2, "--seed", 7, "--json")
    takes = json.loads(result.stdout)
    assert [take["index"] for take in takes] == [0, 1]
    assert all(take["seed"] == 7 and Path(take["path"]).is_file() for take in takes)


def test_vary_every_file(run, tunes):
    paths = written(run("vary", "a.mid", "b.mid", "-n", 2, "--amount", 0.5, "--seed", 3, "-q"))
    assert [path.name for path in paths] == [f"{name}.vary-3-0{k}.mid" for name in "ab" for k in (1, 2)]


def test_vary_by_nothing_writes_the_users_notes(run, tunes):
    path = written(run("vary", "a.mid", "-n", 1, "--amount", 0, "--seed", 3))[0]
    assert files.read(path).tracks == files.read("a.mid").tracks


def test_bad_files_among_good_ones_are_named_and_passed_over(run, tunes):
    Path("bad.mid").write_bytes(b"not MIDI")
    result = run("reconstruct", "bad.mid", "a.mid", "missing.mid", "-o", "out")
    assert result.exit_code == 5
    assert [Path(line).name for line in result.stdout.splitlines()] == ["a.reconstruct-01.mid"]
    errors = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert [word in line for word, line in zip(("bad.mid", "missing.mid"), errors, strict=True)] == [True, True]
    assert "missing.mid" in failed(run("reconstruct", "missing.mid"), 3)


def test_interpolate_between_files(run, tunes):
    result = run("interpolate", "a.mid", "b.mid", "--steps", 4, "-o", "line")
    paths = written(result)
    assert [path.name for path in paths] == [f"a-b.interpolate-0{k}.mid" for k in (1, 2, 3, 4)]
    assert "nothing was drawn" in result.stderr
    assert files.read(paths[0]) == files.read("a.mid")
    assert files.read(paths[-1]) == files.read("b.mid")
    joined = written(run("interpolate", "a.mid", "b.mid", "c.mid", "--steps", 5, "--join", "-o", "morph.mid"))
    assert files.read(joined[0]).bar_count() == 10
    assert written(run("interpolate", "a.mid", "b.mid", "--join"))[0].name == "a-b.interpolate-joined-01.mid"
    assert "two scores" in failed(run("interpolate", "a.mid"), 2)


def test_bars_of_a_file(run, tunes):
    result = run("interpolate", "long.mid:3-4", "a.mid", "--steps", 2, "-o", "line")
    first = files.read(written(result)[0])
    assert first.tracks[0].notes["pitch"].tolist() == [60 + k % 12 for k in range(8, 16)]
    assert "bars 1-7" in failed(run("vary", "long.mid:9-10"), 2)


def test_a_file_may_have_a_colon_in_its_name(run, tunes):
    Path("a.mid").rename("x.mid:3")
    assert split_bars("x.mid:3") == ("x.mid:3", None)
    assert split_bars("y.mid:3") == ("y.mid", (3, 3))
    assert split_bars("C:/music/y.mid") == ("C:/music/y.mid", None)


def test_palette_between_files(run, tunes):
    paths = written(run("palette", "a.mid", "b.mid", "c.mid", "d.mid", "--size", "2x3", "-o", "square"))
    assert [path.name for path in paths] == [f"a-b-c-d.palette-0{k}.mid" for k in range(1, 7)]
    corners = [files.read(paths[k]) for k in (0, 2, 3, 5)]
    assert corners == [files.read(f"{name}.mid") for name in "abcd"]
    assert "3x7" in failed(run("palette", "a.mid", "b.mid", "c.mid", "d.mid", "--size", "many"), 2)


def test_palette_along_a_path(run, tunes, tiny):
    corners = ("palette", "a.mid", "b.mid", "c.mid", "d.mid")
    paths = written(run(*corners, "--path", "0,0 .5,.2 1,1", "-o", "walk"))
    assert [path.name for path in paths] == [f"a-b-c-d.palette-0{k}.mid" for k in (1, 2, 3)]
    assert [files.read(paths[k]) for k in (0, 2)] == [files.read(f"{name}.mid") for name in "ad"]
    joined = written(run(*corners, "--path", "0,0 0,0 1,0 1,0 0,0", "--join", "-o", "walk.mid"))[0]
    once = [*files.read("a.mid").tracks[0].notes["pitch"], *files.read("b.mid").tracks[0].notes["pitch"]]
    assert files.read(joined).tracks[0].notes["pitch"].tolist() == [*once, *once[:8]]
    assert replay(joined, tiny).to_midi_bytes() == joined.read_bytes()


@pytest.mark.parametrize("path", ["0,0 2,0", "middle", "0;0", "0,0 .5", "-1,0", " ", "0,0 nan,0"])
def test_a_path_outside_the_square_is_refused(run, tunes, path):
    assert "--path" in failed(run("palette", "a.mid", "b.mid", "c.mid", "d.mid", f"--path={path}"), 2)


def test_a_palette_is_a_square_or_a_path(run, tunes):
    assert "--size" in failed(run("palette", "a.mid", "b.mid", "c.mid", "d.mid", "--path", "0,0", "--size", 3), 2)


def test_talk_says_what_was_changed_and_quiet_does_not(run, tunes):
    assert "long.mid: The phrase at bar 7 is short" in run("vary", "long.mid", "-n", 1, "--seed", 1).stderr
    assert run("vary", "long.mid", "-n", 1, "--seed", 1, "-q").stderr == "seed 1\n"


def test_check_reports_on_every_file(run, tunes):
    result = run("check", "a.mid", "long.mid")
    assert result.exit_code == 0
    assert "a.mid: 8 of 8 notes" in result.stdout
    assert "4 phrases" in result.stdout


def test_check_exit_codes(run, tunes):
    Score.melody([(0, 1, 60)], metre=(3, 4)).write("waltz.mid")
    assert run("check", "waltz.mid").exit_code == 3
    mixed = run("check", "waltz.mid", "a.mid", "missing.mid", "--json")
    assert mixed.exit_code == 5
    reports = json.loads(mixed.stdout)
    assert [report["ok"] for report in reports] == [False, True, False]
    assert "3/4" in reports[0]["changes"][0]


def test_replay_makes_a_take_again(run, tunes, tiny):
    path = written(run("vary", "a.mid", "-n", 1, "--seed", 3, "-o", "out"))[0]
    result = run("replay", path, "-m", tiny, "-o", "again.mid")
    assert written(result) == [Path("again.mid")]
    assert "byte for byte" in result.stderr
    assert Path("again.mid").read_bytes() == path.read_bytes()
    explained = run("replay", path, "--explain")
    assert explained.exit_code == 0
    assert "vary take 1 by tiny" in explained.stdout
    assert json.loads(run("replay", path, "-m", tiny, "--json").stdout)["seed"] == 3
    assert replay(path, tiny).score.note_count == files.read(path).note_count


def test_replay_failures(run, tunes, tmp_path):
    path = written(run("sample", "-n", 1, "--seed", 3))[0]
    assert "'tiny'" in failed(run("replay", path), 4)
    assert "weights" in failed(run("replay", path, "-m", save_tiny(tmp_path / "other", seed=5)), 4)
    assert "carries no provenance" in failed(run("replay", "a.mid"), 3)


def test_replay_replaces_nothing_without_force(run, tunes, tiny):
    path = written(run("sample", "-n", 1, "--seed", 3, "-o", "take.mid"))[0]
    other = Path("out/take.mid")
    tune((60, 62)).write(other)
    before = other.read_bytes()
    assert "--force" in failed(run("replay", path, "-m", tiny, "-o", "out"), 2)
    assert other.read_bytes() == before
    assert written(run("replay", path, "-m", tiny, "-o", "out", "--force")) == [other]
    assert other.read_bytes() == path.read_bytes()


def test_replay_to_standard_output(run, tiny):
    path = written(run("sample", "-n", 1, "--seed", 3, "-o", "take.mid"))[0]
    result = run("replay", path, "-m", tiny, "-o", "-")
    assert (result.exit_code, result.stdout_bytes) == (0, path.read_bytes())


@pytest.mark.parametrize("ending", ["wav", "png"])
def test_what_stands_beside_a_take_is_not_replaced(run, ending):
    Path(f"take.{ending}").write_text("mine", encoding="utf-8")
    assert "--force" in failed(run("sample", "-n", 1, "-o", "take.mid", f"--{ending}"), 2)
    assert Path(f"take.{ending}").read_text(encoding="utf-8") == "mine"
    assert not Path("take.mid").exists()


def test_a_name_of_another_format_makes_no_folder(run):
    assert "--wav" in failed(run("sample", "-n", 1, "-o", "take.wav"), 2)
    assert not Path("take.wav").exists()


def test_bars_that_are_not_there_cost_that_input_alone(run, tunes):
    mixed = run("vary", "a.mid", "b.mid:9-10", "-n", 1, "-o", "out")
    assert mixed.exit_code == 5
    assert "bars 1-2" in mixed.stderr
    checked = run("check", "a.mid", "b.mid:9-10")
    assert checked.exit_code == 5
    assert "b.mid:9-10: not usable" in checked.stdout


def test_usage_is_refused_before_the_scores_are_read(run, tunes):
    for words in (("--steps", 2, "c.mid"), ("--method", "round")):
        result = run("interpolate", "long.mid", "b.mid", *words)
        assert result.exit_code == 2
        assert "phrases" not in result.stderr


def test_a_missing_space_is_exit_code_four(run):
    assert "no space 'nowhere'" in failed(run("sample", "-n", 1, "-m", "nowhere"), 4)


@pytest.mark.parametrize(
    "words",
    [
        ("sample", "-n", "0"),
        ("sample", "--seed", "-1"),
        ("sample", "-t", "-1"),
        ("vary",),
        ("vary", "a.mid", "--amount", "2"),
        ("palette", "a.mid"),
        ("compose",),
        ("sample", "--speed", "3"),
    ],
)
def test_usage_errors_are_exit_code_two(run, words):
    result = run(*words)
    assert result.exit_code == 2
    assert "Error" in result.stderr
    assert result.stdout == ""


def test_models(run, tiny):
    assert run("models", "list").exit_code == 0
    assert str(tiny) in run("models", "path", tiny).stdout
    assert "attention-vae" in run("models", "info", tiny).stdout
    assert json.loads(run("models", "info", tiny, "--json").stdout)["model"]["name"] == "attention-vae"
    assert load(tiny).weights in run("models", "verify", tiny).stdout
    assert "nowhere" in failed(run("models", "verify", "nowhere"), 4)


def test_damaged_weights_are_exit_code_four(run, tmp_path):
    folder = save_tiny(tmp_path / "broken")
    (folder / "model.safetensors").write_bytes(b"\0" * 100)
    assert "damaged" in failed(run("models", "verify", folder), 4)


def test_a_place_that_cannot_be_written_is_one_line(run):
    Path("file").write_text("in the way")
    assert "file" in failed(run("sample", "-n", 1, "--seed", 1, "-o", "file/below"), 3)


def test_a_defect_is_one_line_and_a_traceback_on_request(run, monkeypatch):
    def broken(self, *_, **__):
        raise RuntimeError("oh")

    monkeypatch.setattr("scorespace.space.space.Space.sample", broken)
    assert "RuntimeError: oh" in failed(run("sample"), 1)
    monkeypatch.setenv("SCORESPACE_DEBUG", "1")
    assert isinstance(run("sample").exception, RuntimeError)


def test_ctrl_c_is_exit_code_130(run, monkeypatch):
    def interrupted(self, *_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("scorespace.space.space.Space.sample", interrupted)
    assert run("sample").exit_code == 130


def commands():
    from typer.main import get_command

    found = get_command(app).commands
    return [*([name] for name in found), *(["models", name] for name in found["models"].commands)]


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_help_has_an_example(words):
    result = CliRunner().invoke(app, [*words, "--help"])
    assert result.exit_code == 0
    assert words == ["models"] or "Example: scorespace" in " ".join(result.stdout.split())


def test_version():
    from scorespace import __version__

    assert CliRunner().invoke(app, ["--version"]).stdout.strip() == __version__


@pytest.mark.slow
def test_python_m_runs_the_command_line_and_a_closed_pipe_is_no_defect(tiny, tmp_path):
    command = [sys.executable, "-m", "scorespace", "sample", "-n", "3", "-m", str(tiny), "-o", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.close()
        talk = process.stderr.read()
    assert process.returncode == 1
    assert talk.startswith("seed ")
    assert len(talk.splitlines()) == 1


@pytest.mark.slow
@pytest.mark.parametrize("words", [["--help"], ["interpolate", "--help"]])
def test_help_imports_nothing_heavy(words):
    """The figure promised is 0.3 s; a test of time alone would fail on a busy machine."""
    code = f"""
import sys
sys.argv = ["scorespace", *{words}]
from scorespace.cli import main
try:
    main()
except SystemExit:
    print(*sorted({{"torch", "numpy", "rich.console"}} & set(sys.modules)), "loaded")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "loaded"


def test_the_command_line_has_the_defaults_of_the_api():
    for command, verb in ((sample_command, Space.sample), (vary_command, Space.vary)):
        theirs, ours = inspect.signature(command).parameters, inspect.signature(verb).parameters
        for name in ("n", "seed", "temperature", "amount"):
            if name in ours:
                assert theirs[name].default == ours[name].default, (command, name)
