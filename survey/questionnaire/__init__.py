"""Pure: questions as data, routing rules, completion; fields.py makes WTForms fields of them."""
