"""One file a family, named after its checkpoint's ``model_type``."""
