"""Risk before and after treatment: classes, their diversity, what was lost, and the attack itself."""
