"""Pure: masking of what people said."""
