"""Results turned into what people read: names, bars, tables."""
