"""Object stores: addresses, what lies under them, and their errors as ours. Credentials are the libraries' business."""
