import type { Path } from "./node.ts";

/**
 * Paths, asked for what lies above and below one of them: a trie. Adding and asking cost the length of a path, however many there are.
 * Where only one path goes on it is kept as it is, since most have nobody beside them.
 */
export class PathSet {
  /** The forks on the way of the last path, from the root. Stages go through a tree in its order, so the next path has most of them, too. */
  readonly #way: [Fork, ...Fork[]] = [{ isEnd: false, below: undefined }];
  #last: Path = [];

  add(path: Path): void {
    let fork = this.#follow(path);
    for (let depth = this.#way.length - 1; depth < path.length; depth++) {
      const key = String(path[depth]);
      fork.below ??= new Map();
      const next = fork.below.get(key);
      if (next === undefined) {
        // A path that ends there is not kept: thousands that end beside each other would be.
        fork.below.set(key, depth + 1 === path.length ? forkOf(path, depth + 1) : path);
        return;
      }
      const made = isFork(next) ? next : forkOf(next, depth + 1);
      fork.below.set(key, made);
      fork = made;
    }
    fork.isEnd = true;
  }

  /** How a path stands to those that were added. */
  around(path: Path): Around {
    const fork = this.#follow(path);
    const depth = this.#way.length - 1;
    const isBelow = this.#way.some(({ isEnd }, above) => isEnd && above < path.length);
    if (depth === path.length) return { isBelow, isAtOrAbove: fork.isEnd || fork.below !== undefined };
    const next = fork.below?.get(String(path[depth]));
    if (next === undefined || isFork(next)) return { isBelow, isAtOrAbove: false };
    const common = commonLength(path, next, depth + 1);
    return {
      isBelow: isBelow || (common === next.length && common < path.length),
      isAtOrAbove: common === path.length,
    };
  }

  /** Makes `#way` that of this path, and gives its last fork. */
  #follow(path: Path): Fork {
    const way = this.#way;
    let depth = 0;
    while (depth < path.length && depth < way.length - 1 && path[depth] === this.#last[depth]) depth++;
    way.length = depth + 1;
    this.#last = path;
    let fork = way[depth] ?? way[0];
    for (; depth < path.length; depth++) {
      const next = fork.below?.get(String(path[depth]));
      if (next === undefined || !isFork(next)) break;
      way.push(next);
      fork = next;
    }
    return fork;
  }
}

export interface Around {
  /** One of them is a part of it, and not all of it. */
  readonly isBelow: boolean;
  /** It is one of them, or a part of one. */
  readonly isAtOrAbove: boolean;
}

/** Where paths part, or one of them ends. */
interface Fork {
  isEnd: boolean;
  /** What goes on, by its first part; a path where there is one only. */
  below: Map<string, Fork | Path> | undefined;
}

function isFork(next: Fork | Path): next is Fork {
  return "below" in next;
}

/** The fork that this many parts of a path lead to. */
function forkOf(path: Path, depth: number): Fork {
  const next = path[depth];
  return next === undefined
    ? { isEnd: true, below: undefined }
    : { isEnd: false, below: new Map([[String(next), path]]) };
}

/** How many parts are the same, when as many as `from` are known to be. */
function commonLength(path: Path, other: Path, from: number): number {
  let length = from;
  while (length < path.length && length < other.length && String(path[length]) === String(other[length])) length++;
  return length;
}
