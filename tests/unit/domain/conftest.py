from hypothesis import settings

# A busy machine must not fail a property; the suite's own time limit still stands.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")
