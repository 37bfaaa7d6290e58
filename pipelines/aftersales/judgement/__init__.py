"""What changed, why, and what is only chance: estimates from small tables of counts and sums."""
