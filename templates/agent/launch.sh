#!/bin/sh
# Chooses a slot and becomes its agent. The layout and the rule are in modules/protocol/slots.ts.
# Plain sh, so that a broken slot cannot keep the other one from starting.
set -eu

cd "${STACKHOUSE_INSTALL:-/opt/stackhouse}"

if [ -L candidate ]; then
  slot=$(readlink candidate)
  # Before the start, not after: a candidate that brings the machine down is not tried again.
  rm candidate
elif [ -L confirmed ]; then
  slot=$(readlink confirmed)
else
  echo "stackhouse: no agent is installed here" >&2
  exit 78
fi

case $slot in
  a | b) ;;
  *)
    echo "stackhouse: not a slot: $slot" >&2
    exit 78
    ;;
esac

ln -sfn "$slot" current.new
mv -T current.new current

# The agent waits far more than it computes: a small heap and few threads. What V8 compiled is kept beside the bundle that it
# belongs to, and goes with it.
MALLOC_ARENA_MAX=1
NODE_COMPILE_CACHE=$slot/code
export MALLOC_ARENA_MAX NODE_COMPILE_CACHE
exec "./$slot/node" --max-semi-space-size=1 --v8-pool-size=1 "./$slot/agent.js" --slot "$slot"
