"""Measures k, l and t of a CSV file with pycanon; runs in the environment of its own."""

import json
import sys
import warnings

warnings.filterwarnings("ignore")

import pandas as pd  # noqa: E402 - its warnings are not ours
from pycanon import anonymity  # noqa: E402 - as above

asked = json.load(sys.stdin)
data = pd.read_csv(asked["file"], dtype=asked["texts"])
quasi, sensitive = asked["quasi"], asked["sensitive"]
json.dump(
    {
        "k": int(anonymity.k_anonymity(data, quasi)),
        "l_distinct": int(anonymity.l_diversity(data, quasi, sensitive)),
        "l_entropy": int(anonymity.entropy_l_diversity(data, quasi, sensitive)),
        "t": float(anonymity.t_closeness(data, quasi, sensitive)),
    },
    sys.stdout,
)
