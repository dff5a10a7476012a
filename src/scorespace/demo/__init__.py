"""The demonstration: two traditional tunes, what a space of 2-bar melodies does with them, and a page that plays it."""
