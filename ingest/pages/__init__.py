"""Pages of glyphs become text in reading order: what every format that only says where ink stands has in common."""
