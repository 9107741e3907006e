#!/bin/sh
# systemctl where systemd is not: it knows one unit, of which it starts and stops the program. The lock is that program's while it runs.
set -eu

unit=stackhouse-agent.service
state=/run/one-unit
mkdir -p "$state"

stop() {
  # As systemd does, so that one that hangs hears of its end.
  if [ -e "$state/pid" ]; then
    for signal in TERM CONT; do kill -s "$signal" "$(cat "$state/pid")" 2>/dev/null || :; done
  fi
  flock "$state/lock" rm -rf "$state/pid" /run/stackhouse
}

start() {
  mkdir -m 700 -p /run/stackhouse /var/lib/stackhouse
  cat /proc/sys/kernel/random/uuid >"$state/invocation"
  program=$(sed -n 's/^ExecStart=//p' "/etc/systemd/system/$unit")
  umask 077
  setsid flock --no-fork "$state/lock" "$program" </dev/null >>"$state/log" 2>&1 &
  echo "$!" >"$state/pid"
}

case $1 in
  restart)
    stop
    start
    ;;
  show) cat "$state/invocation" ;;
  disable)
    stop
    rm -f "/etc/systemd/system/multi-user.target.wants/$unit"
    ;;
  daemon-reload | reset-failed) ;;
  *)
    echo "no $1 here" >&2
    exit 64
    ;;
esac
