"""Pages of glyphs become text in reading order, for every format that only says where ink stands."""
