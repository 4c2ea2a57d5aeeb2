"""Programs that work on this checkout: no part of the site imports them."""
