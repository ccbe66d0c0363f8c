"""Many documents at once: a folder of the server, the pages of a site; and what would come of it, beforehand."""
