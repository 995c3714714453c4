#!/bin/sh
# Installs specialist-finder @VERSION@ from this folder, asking no other machine.
#
#   ./install /opt/finder/@VERSION@
#
# The folder is made anew; nothing else is touched: what runs goes on, and data are elsewhere (FINDER_HOME). By hand it is
#   sha256sum --check --strict SHA256SUMS && python@PYTHON@ -m venv FOLDER &&
#   FOLDER/bin/pip install --no-index --find-links wheels --require-hashes -r requirements.txt
set -eu
case "${1:-}" in
  "" | -*) echo "usage: $0 FOLDER   for example: $0 /opt/finder/@VERSION@" >&2 && exit 2 ;;
  /*) folder=$1 ;;
  *) folder=$PWD/$1 ;;
esac
cd "$(dirname "$0")"

fail() {
  echo "$1" >&2
  exit 1
}

sha256sum --check --strict --quiet SHA256SUMS ||
  fail "Something here is not what was released (see above), so nothing was installed. Get the files again."
python=$(command -v python@PYTHON@ || command -v python3 || true)
[ -n "$python" ] && [ "$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')" = "@PYTHON@" ] ||
  fail "These files are for Python @PYTHON@, which is not here: install it, or get the files for the Python that is."
[ ! -e "$folder" ] || fail "$folder is there already: name another folder, or remove it if nothing runs from it."
mkdir -p "$(dirname "$folder")"
"$python" -m venv "$folder" ||
  fail "Python's venv module is missing: install it (Debian, Ubuntu: sudo apt install python3-venv), remove $folder and start again."
# Compiled now, since the account that will run it must not write here.
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --no-cache-dir --compile \
  --no-index --find-links wheels --require-hashes --requirement requirements.txt || {
  rm -rf "$folder"
  fail "Nothing was installed (see above)."
}
echo "Installed: $("$folder/bin/finder" --version), in $folder. Next: running.md, or upgrading.md where an older one runs."
