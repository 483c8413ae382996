"""A scheme explained and checked (方案说明): clauses with readings, and tests with generated evidence."""
