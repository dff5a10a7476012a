"""Magenta's MusicVAE checkpoints, as people keep them, become checkpoints of ours: `scorespace import-magenta`.

javascript.py   the files of magenta-js: config.json, weights_manifest.json, shards, also quantised
tensorflow.py   the files of TensorFlow: NAME.index and NAME.data-*, also inside a .tar
groove.py       GrooVAE's weights, whose offsets count the other way
kinds.py        what the outputs and config.json say that a model is for
convert.py      which of our models the variables make, and its checkpoint
"""
