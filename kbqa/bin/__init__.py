"""What was deleted and may still come back: listed for whoever may restore it, and erased once its days are over."""
