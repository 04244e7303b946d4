"""The games as other libraries know them; each module needs an optional extra."""
