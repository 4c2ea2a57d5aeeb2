"""Running the site: starting and stopping it, setting it up, backing it up, looking after it.

`commons run` is one parent that never opens the database: it holds the port, starts the web processes and the worker,
and starts again what dies. Everything that must last is in the database or in the data folder, so each of them may be
killed at any moment. These are doors, as every `cli` is: only the command and the roof import them.
"""
