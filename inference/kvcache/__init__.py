"""Where keys and values live: blocks, who holds them, and the tensors behind them."""
