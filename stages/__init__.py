"""The work: each stage is a program of its own, started as ``python -m stages.<name>``."""
