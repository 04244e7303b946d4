"""Does the test of misspecification reject as often as it says?"""
