"""Warm kernels: notebooks start in a fork of a process that has imported everything already."""
