"""Matrix products in fewer bits: weights packed once, for the kernels that this machine runs fastest."""
