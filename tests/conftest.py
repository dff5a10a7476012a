"""One thread and no network for every test: the suite measures behaviour, not the machine."""

import torch

torch.set_num_threads(1)
