"""How a recognizer learns: task, data module, callbacks."""
