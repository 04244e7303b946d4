"""Single decisions: posteriors, comparisons of models, and the people behind them."""
