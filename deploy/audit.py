"""Known vulnerabilities in what a lock pins: `make audit`. Ends non-zero where there is one, and where nobody knows."""

import json
import subprocess
import sys
from pathlib import Path

FOUND, UNKNOWN = 1, 2


def main(lock: str) -> int:
    """Ask for each package of a lock, and say what is known of it."""
    program = Path(sys.executable).with_name("pip-audit")
    asked = [program, "--require-hashes", "--disable-pip", "--progress-spinner=off", "--format=json", "-r", lock]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        return _unknown(lock, done.stderr.strip().splitlines()[-1:] or ["no answer"])
    # pip-audit passes over what the database does not answer for, and ends well.
    if passed_over := sorted(one["name"] for one in packages if "skip_reason" in one):
        return _unknown(lock, [f"it says nothing of {len(passed_over)} of {len(packages)} packages: ", *passed_over])
    vulnerable = [(one, known) for one in packages for known in one["vulns"]]
    for one, known in vulnerable:
        mended = ", ".join(known["fix_versions"]) or "no version yet"
        print(f"{one['name']} {one['version']}: {known['id']}, mended in {mended}")
    print(f"{lock}: {len(packages)} packages, {len(vulnerable)} known vulnerabilities")
    return FOUND if vulnerable else 0


def _unknown(lock: str, why: list[str]) -> int:
    told = " ".join(why)
    print(f"{lock}: NOT AUDITED: the database of vulnerabilities cannot be asked from here: {told}", file=sys.stderr)
    return UNKNOWN


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
