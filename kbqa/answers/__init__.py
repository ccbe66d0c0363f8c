"""Flow 2: question → retrieve → read → cite → cache."""
