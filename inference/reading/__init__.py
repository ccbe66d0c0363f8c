"""How an answer is found in passages: evidence sentences, or spans by a trained reader."""
