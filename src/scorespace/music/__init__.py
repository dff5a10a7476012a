"""Scores, files, grids and what can be heard and seen of them. Nothing here imports torch."""
