"""The checker, checked: histories that are made up, healthy ones and one for each kind of fault."""
