"""How dates are written, by language; where a language has no folder here, as Django writes them."""
