"""usage: check_opening.py commitments.csv ID SALT IDENTITY   Is this the household that the sealed list stands for?"""
import csv, hashlib, sys, unicodedata

path, household, salt, identity = sys.argv[1:]
text = f"{salt}|{household}|{unicodedata.normalize('NFC', identity)}"
made = hashlib.sha256(text.encode()).hexdigest()
sealed = {row["id"]: row["commitment"] for row in csv.DictReader(open(path, encoding="utf-8"))}
agrees = sealed.get(household) == made
print(household, made, "agrees" if agrees else "DIFFERS from the sealed list")
sys.exit(not agrees)
