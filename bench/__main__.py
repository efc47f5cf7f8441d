"""Everything that is measured, in one run: `make bench`. Results go to `out/bench/` as JSON.

python -m bench            # about ten minutes on two cores
python -m bench --quick    # a tenth of the sizes, to see that all of it works
"""

import argparse
import subprocess
import sys
from pathlib import Path

FULL = {
    "engine_speed": ["--leads", "20000", "--agents", "50"],
    "selection_speed": ["--sizes", "10000", "100000", "1000000"],
    "import_speed": ["--rows", "1000000"],
    "memory": ["--rows", "1000000"],
    "segment_job": ["--leads", "1000000"],
    "ownership_speed": ["--leads", "400000", "--waiting", "40000"],
    "reset_speed": ["--leads", "1000000"],
    "registry_speed": ["--numbers", "50000000"],
    "gate_speed": ["--dials", "20000"],
    "summary_speed": ["--leads", "1000000"],
}
QUICK = {
    "engine_speed": ["--leads", "2000", "--agents", "50"],
    "selection_speed": ["--sizes", "1000", "10000", "100000"],
    "import_speed": ["--rows", "100000"],
    "memory": ["--rows", "100000"],
    "segment_job": ["--leads", "100000"],
    "ownership_speed": ["--leads", "100000", "--waiting", "10000"],
    "reset_speed": ["--leads", "100000"],
    "registry_speed": ["--numbers", "2000000", "--beside", "500000"],
    "gate_speed": ["--dials", "2000"],
    "summary_speed": ["--leads", "50000"],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", type=Path, default=Path("out/bench"))
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    for name, options in (QUICK if given.quick else FULL).items():
        print(f"\n{name.replace('_', ' ')}", flush=True)
        result = given.out / f"{name}.json"
        subprocess.run([sys.executable, "-m", f"bench.{name}", *options, "--json", str(result)], check=True)


if __name__ == "__main__":
    main()
