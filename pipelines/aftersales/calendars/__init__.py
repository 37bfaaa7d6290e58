"""Time as people keep it: zones, local days, later working hours."""
