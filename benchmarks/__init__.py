"""Measurements with stated targets; `python -m benchmarks NAME`."""
