#!/bin/sh
# Installs Debian packages as root or through sudo, or says what to type. Usage: apt.sh PACKAGE...
set -eu
if ! command -v apt-get >/dev/null 2>&1; then
    echo "Please install: $* (this machine has no apt-get, so it can't be done for you)" >&2
    exit 1
fi
if [ "$(id -u)" = 0 ]; then
    root=""
elif sudo -n true 2>/dev/null; then
    root="sudo"
else
    echo "Missing: $*. Run this once, then try again: sudo apt-get install -y $*" >&2
    exit 1
fi
echo "Installing $* from the system's packages"
$root apt-get update -qq
DEBIAN_FRONTEND=noninteractive $root apt-get install -y -qq "$@" >/dev/null
