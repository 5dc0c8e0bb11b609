"""Pure: dispositions, calling rules, what state a case is in and when it is due."""
