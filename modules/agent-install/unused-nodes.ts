/**
 * Shell function that removes the Node binaries of which a host has no use: neither slot runs on them, and no base image brought
 * them. An image names its own by version, in `node/VERSION/bin/node` (modules/images/overlay.ts). What cut uploads left goes
 * too. It ends with 1 where one could not be removed. Shell words alone where there is nothing to remove: each program costs a tenth of a second under emulation.
 * $1 install folder
 */
export const removeUnusedNodes = `
remove_unused_nodes() {
  unremoved=0
  for node in "$1"/nodes/* "$1"/nodes/.*.part; do
    [ -f "$node" ] || continue
    used=no
    for link in "$1"/a/node "$1"/b/node "$1"/node/*/bin/node; do
      if [ "$link" -ef "$node" ]; then used=yes; fi
    done
    [ "$used" = yes ] || rm -f -- "$node" || unremoved=1
  done
  return "$unremoved"
}`;
