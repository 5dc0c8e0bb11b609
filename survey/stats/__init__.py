"""Pure: outcome rates, estimates and their intervals."""
