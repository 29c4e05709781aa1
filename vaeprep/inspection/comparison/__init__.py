"""Two runs, or two collections, beside each other: `vaeprep compare A B`."""
