"""The other end of each wire: CT and PACS, console, thermometers, EDC, broker, a whole suite."""
