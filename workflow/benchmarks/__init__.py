"""What the project costs: simulator throughput, scaling, retraining, simulations, memory."""
