"""A scheme explained and checked (方案说明): its clauses as they are read, and what scoring made-up evidence shows."""
