#!/usr/bin/env python3
"""Writes plans.txt from the metadata of libphonenumber (Apache-2.0): pip install phonenumbers, then run this.

A line is a country code, its trunk prefix (- where there is none), and for each length of a national number the ranges
of its first three digits. A prefix counts when one of 250 numbers with it is valid; the draw is the same each time.
"""
import pathlib
import random
import re

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

KINDS = ("fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip", "uan")
random.seed(164)


def plans():
    for code, regions in sorted(COUNTRY_CODE_TO_REGION_CODE.items()):
        known = [PhoneMetadata.metadata_for_region(region, None) for region in regions if region != "001"]
        kinds = [getattr(one, kind) for one in known if one for kind in KINDS]
        kinds = [kind for kind in kinds if kind and kind.national_number_pattern and kind.possible_length]
        if kinds:
            yield code, known[0].national_prefix or "-", kinds


def prefixes(kinds, length):
    patterns = [re.compile(kind.national_number_pattern) for kind in kinds if length in kind.possible_length]
    for prefix in range(1000):
        drawn = (f"{prefix:03}{random.randrange(10 ** (length - 3)):0{length - 3}}" for _ in range(250))
        if any(pattern.fullmatch(number) for number in drawn for pattern in patterns):
            yield prefix


def ranges(numbers):
    start = last = None
    for number in [*numbers, None]:
        if last is not None and number != last + 1:
            yield f"{start:03}" if start == last else f"{start:03}-{last:03}"
            start = None
        start = number if start is None else start
        last = number


def main():
    lines = ["# code trunk length:first three digits; written by generate.py from libphonenumber, Apache-2.0"]
    for code, trunk, kinds in plans():
        lengths = sorted({length for kind in kinds for length in kind.possible_length if length >= 5})
        parts = ((length, ",".join(ranges(prefixes(kinds, length)))) for length in lengths)
        lines.append(" ".join([str(code), trunk, *(f"{length}:{found}" for length, found in parts if found)]))
    pathlib.Path(__file__).with_name("plans.txt").write_text("\n".join(lines) + "\n")


main()
