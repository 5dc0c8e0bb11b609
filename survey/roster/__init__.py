"""Pure: a spreadsheet becomes rows, households and a frame report."""
