"""What an exported graph calls its files, its inputs and outputs (Hugging Face's names) and its metadata."""

FILES = {"embed": "encoder.onnx", "read": "reader.onnx"}
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
OUTPUTS = {"embed": ("sentence_embedding",), "read": ("start_logits", "end_logits")}
WEIGHTS, ARITHMETIC = "kbqa.weights", "kbqa.arithmetic"
