"""Ways in and out of tokens, and attention written out."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from scorespace.models import build, config_class
from scorespace.models.layers import StrokeEmbedding, StrokeLogits, attend
from scorespace.music.grid import Grid

TRIO = Grid(parts=("melody", "bass", "drums"), bars=1, metre=(1, 4), lowest=60, highest=71)
SMALL = {
    "attention-vae": {"z_size": 4, "width": 16, "heads": 2, "encoder_blocks": 1, "decoder_blocks": 1, "squeeze": 4},
    "note-lm": {"width": 16, "heads": 2, "blocks": 1},
}


def test_a_stroke_is_the_same_in_every_combination():
    torch.manual_seed(0)
    embedding, logits = StrokeEmbedding(513, 8), StrokeLogits(8, 512)
    with torch.no_grad():
        embedding.combination.weight.zero_()
        logits.combination.weight.zero_()
        logits.combination.bias.zero_()
        kick, snare, both, none = embedding(torch.tensor([1, 2, 3, 512]))
        assert torch.allclose(kick + snare, both)
        assert torch.equal(none, torch.zeros(8))  # the row after the last token: nothing written yet
        found = logits(torch.randn(8))
    assert found[0] == 0
    assert torch.allclose(found[1] + found[2], found[3])
    assert torch.allclose(found[511], sum(found[1 << k] for k in range(9)), atol=1e-6)


@pytest.mark.parametrize("causal", [True, False])
def test_attention_written_out_is_attention(causal):
    torch.manual_seed(0)
    query, key, value = torch.randn(3, 2, 2, 9, 8).to(torch.bfloat16)
    written = attend(query, key, value, causal)
    assert written.dtype == torch.bfloat16
    own = functional.scaled_dot_product_attention(query.float(), key.float(), value.float(), is_causal=causal)
    assert torch.allclose(written.float(), own, atol=0.03)


@pytest.mark.parametrize("name", SMALL)
@torch.no_grad()
def test_no_part_is_given_tokens_that_it_lacks(name):
    torch.manual_seed(0)
    model = build(name, TRIO, config_class(name)(**SMALL[name])).double().eval()
    chances = torch.rand(64, *TRIO.shape, dtype=torch.float64)
    if name == "note-lm":
        tokens = model.sample(chances, 5.0)
        likelihood = model.log_likelihood(tokens)
    else:
        z = torch.randn(64, model.z_size, dtype=torch.float64)
        tokens = model.decode(z, 5.0, chances)
        likelihood = model.log_likelihood(tokens, z)
    assert torch.isfinite(likelihood).all()
    for row, size in enumerate(TRIO.sizes):
        assert int(tokens[:, row].max()) < size
    assert int(tokens[:, 2].max()) > 14
