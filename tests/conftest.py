"""One thread and no network for every test: the suite measures behaviour, not the machine."""

import hypothesis
import torch

torch.set_num_threads(1)
hypothesis.settings.register_profile("suite", deadline=None)  # a busy machine is not a defect
hypothesis.settings.load_profile("suite")
