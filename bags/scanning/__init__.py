"""The scan path: one door for everything that packs.

codes    raw text -> code, or unreadable (pure)
results  the result codes, their severity, what can be undone (pure)
floor    what a call knows of parents, children and links, and how effects change it (pure)
rules    one pull + the floor -> verdict (pure); undo likewise
store    loads and locks the floor, writes all effects together
service  process(): one transaction, exactly once
"""
