import sys

print("sbi" in sys.modules or "torch" in sys.modules)
