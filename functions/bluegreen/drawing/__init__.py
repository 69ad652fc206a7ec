"""The pieces of which pictures and pages are made: markup, shapes, timeline, chart."""
