"""Keys, audit and log: what makes a record believable, kept together and apart from business."""
