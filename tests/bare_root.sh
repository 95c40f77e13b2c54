#!/usr/bin/env bash
# The README's two commands in bare root folders: what is missing is said in one
# line, and what is there is enough.  As root, with debootstrap:
#
#     tests/bare_root.sh DIRECTORY [debian | slim]
#
# "debian" is Debian 12 with its own Python 3.11 and nothing else, as in the
# image debian:12; "slim" has a Python in /usr/local that is not Debian's, as in
# the image python:3.11-slim, taken from $PYTHON (default: the python3.11 that
# runs here).  The clone is of what is committed.
set -euo pipefail

here=$(cd "$(dirname "$0")/.." && pwd)
directory=$(realpath -m "${1:?a directory to work in}")
kinds=${2:-debian slim}
vectors=${SIGNET_VECTORS:-$here/../shared/vectors}
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}

fail() { echo "bare_root: $*" >&2; exit 1; }

inside() { # ROOT COMMAND: as a new user's shell would run it
	chroot "$1" /usr/bin/env -i HOME=/root PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin \
		LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
		"${pass[@]}" /bin/sh -c "$2"
}

says() { # ROOT COMMAND WORDS: it fails and its one line before make's own has these words
	local output
	if output=$(inside "$1" "timeout 300 sh -c '$2'" 2>&1); then fail "'$2' did not fail"; fi
	grep -qF -- "$3" <<<"$output" || fail "'$2' did not say '$3' but: $output"
	[ "$(grep -cv '^make' <<<"$output")" -eq 1 ] || fail "'$2' said more than a line: $output"
	echo "  $2: $(grep -v '^make' <<<"$output")"
}

# What this machine needs to reach the package servers, a bare one needs too.
pass=()
while IFS= read -r setting; do pass+=("$setting"); done \
	< <(env | grep -iE '^(PIP_[A-Z_]*|https?_proxy|no_proxy|SSL_CERT_FILE)=' || true)

prepare() { # ROOT PACKAGES
	debootstrap --variant=minbase --include="ca-certificates$2" bookworm "$1" "$mirror" >"$1.log" 2>&1 ||
		fail "debootstrap: see $1.log"
	cp /etc/resolv.conf "$1/etc/resolv.conf"
	cp /etc/ssl/certs/ca-certificates.crt "$1/etc/ssl/certs/ca-certificates.crt"
	rm -rf "$1/root/shared" && mkdir "$1/root/shared"
	[ ! -d "$vectors" ] || cp -r "$vectors" "$1/root/shared/vectors"
	mountpoint -q "$1/proc" || mount -t proc proc "$1/proc"
	mountpoint -q "$1/dev" || mount --bind /dev "$1/dev"
	rm -rf "$1/root/signet"
	git clone -q "$here" "$1/root/signet"
}

server_below() { # PID: the server among what it started, which alone is to be stopped
	local pid=$1
	until tr '\0' ' ' <"/proc/$pid/cmdline" | grep -q 'bin/signet serve '; do
		pid=$(cut -d ' ' -f 1 "/proc/$pid/task/$pid/children")
		[ -n "$pid" ] || fail "no server runs below $1"
	done
	echo "$pid"
}

serves() { # ROOT: make serve answers, and ends with status 0
	inside "$1" 'cd /root/signet && exec make serve SERVE_ARGS="--listen 127.0.0.1:9871"' >"$1.serve" 2>&1 &
	local pid=$! tries=0
	until grep -q 'signet answers' "$1.serve"; do
		sleep 1
		tries=$((tries + 1))
		[ $tries -lt 300 ] && kill -0 $pid 2>/dev/null || fail "make serve: $(cat "$1.serve")"
	done
	python3 -c 'import urllib.request as r; assert r.urlopen("http://127.0.0.1:9871/-/ready").status == 200'
	local server
	server=$(server_below $pid)
	kill -TERM "$server"
	wait $pid || fail "make serve ended with status $?"
	sed 's/^/  /' "$1.serve"
}

run() { # ROOT INSTALL: what make is there, make test and make serve
	inside "$1" "$2" >"$1.apt" 2>&1 || fail "$2: $(tail -n 3 "$1.apt")"
	inside "$1" 'cd /root/signet && make test' >"$1.test" 2>&1 || fail "make test: $(tail -n 20 "$1.test")"
	echo "  make test: $(tail -n 1 "$1.test")"
	serves "$1"
}

for kind in $kinds; do
	root=$directory/$kind
	[ ! -e "$root" ] || fail "$root exists already"
	mkdir -p "$root"
	echo "$kind:"
	trap 'umount "$root/proc" "$root/dev" 2>/dev/null || true' EXIT
	case $kind in
	debian)
		prepare "$root" ",make"
		says "$root" 'cd /root/signet && make serve' "signet needs Python 3.11 or newer"
		inside "$root" 'apt-get update -qq && apt-get install -qq --no-install-recommends python3' >"$root.apt" 2>&1
		says "$root" 'cd /root/signet && make serve' "apt-get install python3-venv"
		run "$root" 'apt-get install -qq --no-install-recommends python3-venv'
		;;
	slim)
		prepare "$root" ",make,libssl3,libffi8,libsqlite3-0,zlib1g,libbz2-1.0,liblzma5,libreadline8,libuuid1"
		prefix=$("${PYTHON:-python3.11}" -c 'import sys; print(sys.base_prefix)')
		cp -a "$prefix/." "$root/usr/local/"
		inside "$root" ldconfig # its library may be a shared one
		run "$root" 'python3 --version'
		;;
	*) fail "no such kind: $kind" ;;
	esac
	umount "$root/proc" "$root/dev"
	trap - EXIT
done
