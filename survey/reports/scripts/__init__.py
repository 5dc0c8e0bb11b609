"""Scripts that travel with an export and recompute its headline; nothing of Huifang is needed to run them."""
