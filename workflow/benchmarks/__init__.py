"""Benchmarks of speed and memory: throughput, scaling, retraining, simulations, stages."""
