"""What a training step and a decoding of the MusicVAE cost, and whether a hand-fused layer would train faster.

    python benchmarks/lstm_training.py [THREADS]

Prints processor seconds (the least of several runs, so that other work on the machine does not count):
  * one LSTM layer forward and backward: `nn.LSTM` fed with one-hot tokens and a repeated z, as the model does, beside
    `FusedLayer`, which looks tokens up in a table, multiplies z once and takes the weights' gradient in one product;
  * a training step of whole models with teacher forcing and with scheduled sampling;
  * decoding with the folded steps against calling `nn.LSTM` for each step.
"""

from __future__ import annotations

import dataclasses
import sys
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from scorespace.models.music_vae import MusicVAE, MusicVAEConfig
from scorespace.music.grid import Grid

STEPS, VOCABULARY = 32, 130


class FusedLayer(torch.autograd.Function):
    """An LSTM layer over projected inputs (S, B, 4H); gates in torch's order."""

    @staticmethod
    def forward(ctx: Any, projected: Tensor, weight: Tensor, hidden: Tensor) -> Tensor:
        steps, batch, size = len(projected), len(hidden), hidden.shape[-1]
        gates = torch.empty_like(projected)
        hiddens, cells = projected.new_zeros(2, steps + 1, batch, size).unbind(0)
        hiddens[0] = hidden
        for step in range(steps):
            now = torch.addmm(projected[step], hiddens[step], weight.t(), out=gates[step])
            now[:, : 2 * size].sigmoid_()
            now[:, 2 * size : 3 * size].tanh_()
            now[:, 3 * size :].sigmoid_()
            inward, forget, candidate, outward = now.chunk(4, -1)
            torch.mul(forget, cells[step], out=cells[step + 1]).addcmul_(inward, candidate)
            torch.tanh(cells[step + 1], out=hiddens[step + 1]).mul_(outward)
        ctx.save_for_backward(weight, gates, hiddens, cells)
        return hiddens[1:]

    @staticmethod
    def backward(ctx: Any, outer: Tensor) -> tuple[Tensor, ...]:
        weight, gates, hiddens, cells = ctx.saved_tensors
        towards = torch.empty_like(gates)
        to_hidden, to_cell = torch.zeros_like(hiddens[0]), torch.zeros_like(cells[0])
        for step in range(len(gates) - 1, -1, -1):
            inward, forget, candidate, outward = gates[step].chunk(4, -1)
            to_in, to_forget, to_candidate, to_out = towards[step].chunk(4, -1)
            to_hidden = to_hidden + outer[step]
            squashed = cells[step + 1].tanh()
            to_cell = to_cell.addcmul_(to_hidden * outward, 1 - squashed.square())
            torch.mul(to_hidden * squashed, outward - outward.square(), out=to_out)
            torch.mul(to_cell * candidate, inward - inward.square(), out=to_in)
            torch.mul(to_cell * cells[step], forget - forget.square(), out=to_forget)
            torch.mul(to_cell * inward, 1 - candidate.square(), out=to_candidate)
            to_cell = to_cell * forget
            to_hidden = towards[step] @ weight
        to_weight = towards.flatten(0, 1).t() @ hiddens[:-1].flatten(0, 1)
        return towards, to_weight, to_hidden


def seconds(work: Callable[[], object], runs: int = 5) -> float:
    """Processor seconds of the quickest of several runs, after one to warm up."""
    work()
    found = []
    for _ in range(runs):
        begin = time.process_time()
        work()
        found.append(time.process_time() - begin)
    return min(found)


def compare_layers(batch: int, size: int, z_size: int) -> None:
    lstm = nn.LSTM(VOCABULARY + z_size, size)
    tokens, z = torch.randint(VOCABULARY, (STEPS, batch)), torch.randn(batch, z_size)
    eye, nothing = torch.eye(VOCABULARY), torch.zeros(batch, size)

    def plain() -> None:
        lstm.zero_grad()
        hidden, _ = lstm(torch.cat([eye[tokens], z.expand(STEPS, -1, -1)], -1))
        hidden.sum().backward()

    def fused() -> None:
        lstm.zero_grad()
        weight = lstm.weight_ih_l0
        table = functional.embedding(tokens, weight[:, :VOCABULARY].t())
        projected = table + functional.linear(z, weight[:, VOCABULARY:], lstm.bias_ih_l0 + lstm.bias_hh_l0)
        FusedLayer.apply(projected, lstm.weight_hh_l0, nothing).sum().backward()

    plain()
    expected = [p.grad.clone() for p in lstm.parameters()]
    fused()
    for wanted, parameter in zip(expected, lstm.parameters(), strict=True):
        torch.testing.assert_close(parameter.grad, wanted, rtol=1e-3, atol=1e-3 * float(wanted.abs().max()))
    print(
        f"layer  batch {batch:4} units {size:4} z {z_size:4}  nn.LSTM {seconds(plain):.3f}  fused {seconds(fused):.3f}"
    )


def compare_schedules(batch: int, config: MusicVAEConfig) -> None:
    tokens = torch.randint(VOCABULARY, (batch, 1, STEPS))
    found = []
    for rate in (0.0, 1000.0):
        model = MusicVAE(Grid(), dataclasses.replace(config, sampling_rate=rate))

        def train(model: MusicVAE = model) -> None:
            model.zero_grad()
            model.loss(tokens, 7000, "train")["loss"].backward()

        found.append(seconds(train, 3))
    taught, sampled = found
    parameters = sum(p.numel() for p in model.parameters())
    print(
        f"step   batch {batch:4} {parameters / 1e6:.2f} M parameters  teacher forcing {taught:.3f} "
        f"({batch / taught:.0f} phrases/s)  scheduled sampling {sampled:.3f} (x {sampled / taught:.2f})"
    )


@torch.no_grad()
def compare_decoding(batch: int) -> None:
    model = MusicVAE(Grid(), MusicVAEConfig(decoder_size=512)).eval()
    decoder, z, eye = model.decoder, torch.randn(batch, 256), torch.eye(VOCABULARY + 1, VOCABULARY)

    def calls() -> None:
        state, token = decoder.start(z), torch.full((batch,), VOCABULARY)
        for _ in range(STEPS):
            inputs = torch.cat([eye[token], z], -1).unsqueeze(1)
            hidden, state = decoder.lstm(inputs, state)
            token = decoder.output(hidden[:, 0]).argmax(-1)

    folded, called = seconds(lambda: model.decode(z)), seconds(calls)
    model.double()
    exact = seconds(lambda: model.decode(z))
    print(
        f"decode batch {batch:4} 2 x 512  folded {folded * 1e3:.0f} ms (float64 {exact * 1e3:.0f})  "
        f"nn.LSTM by steps {called * 1e3:.0f} ms"
    )


def main() -> None:
    torch.set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
    compare_layers(512, 512, 0)
    compare_layers(512, 256, 256)
    compare_layers(128, 256, 128)
    compare_schedules(512, MusicVAEConfig())
    compare_schedules(128, MusicVAEConfig(z_size=128, encoder_size=256))
    compare_decoding(1)
    compare_decoding(13)


if __name__ == "__main__":
    main()
