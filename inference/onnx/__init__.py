"""Encoder and reader as ONNX graphs: written by `export`, run by `runner`; the extra `onnx` brings what they need."""
