"""Latent spaces for musical scores."""

__version__ = "0.1.0"
