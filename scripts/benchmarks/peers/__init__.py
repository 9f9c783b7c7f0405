"""Other queues, each used as its own documentation recommends. Run by the interpreter of an environment of their own."""
