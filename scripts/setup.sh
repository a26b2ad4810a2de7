#!/bin/sh
# Finds a Python that can do it, then lets scripts/setup.py make .venv. Usage: scripts/setup.sh runtime|dev
# Set PYTHON to choose one yourself.
set -eu
cd "$(dirname "$0")/.."

if [ -x .venv/bin/python ] && .venv/bin/python scripts/setup.py check "$1" 2>/dev/null; then
    exit 0
fi

fault="Python 3.11 or newer is needed and none was found: install python3"
for candidate in ${PYTHON:-python3.13 python3.12 python3.11 python3 python}; do
    found=$("$candidate" -c '
import sys
version = "%d.%d" % sys.version_info[:2]
try:
    import ensurepip, venv
except ImportError:
    print("bare", version)
else:
    print("ready" if sys.version_info >= (3, 11) else "old", version)
' 2>/dev/null) || continue
    version=${found#* }
    case $found in
        ready*) exec "$candidate" scripts/setup.py install "$1" ;;
        bare*)
            case $version in
                2.*|3.[0-9]|3.10) ;;
                *) fault="$candidate comes without venv: install it, for example with \`apt install python$version-venv\`"; break ;;
            esac ;;
        old*) fault="Python 3.11 or newer is needed and $candidate is $version: install python3.11 or newer, or set PYTHON to one" ;;
    esac
done
echo "error: $fault" >&2
exit 1
