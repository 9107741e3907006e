import type { ProgressMessage } from "./answers.ts";

/** One line for all layers of a pull: `pulling nginx:1.27: 2 of 7 layers, 12 of 60 MB`. */
export interface PullProgress {
  /** Takes a message in and gives the line as it is now. */
  add(message: ProgressMessage): string;
}

const finished = new Set(["Pull complete", "Already exists"]);

export function createPullProgress(reference: string): PullProgress {
  const layers = new Map<string, { done: boolean; current: number; total: number }>();
  return {
    add({ id, status = "", progressDetail }) {
      // The first message has the tag as its id, and no layer is called "Pulling from …".
      if (id !== undefined && !status.startsWith("Pulling from")) {
        const layer = layers.get(id) ?? { done: false, current: 0, total: 0 };
        if (status === "Downloading") {
          layer.current = progressDetail?.current ?? layer.current;
          layer.total = progressDetail?.total ?? layer.total;
        } else if (status !== "Pulling fs layer" && status !== "Waiting" && !status.startsWith("Retrying")) {
          layer.current = layer.total; // What comes after the download needs no network.
        }
        layer.done ||= finished.has(status);
        layers.set(id, layer);
      }
      // Engines with containerd's image store do not say of each layer that it is unpacked.
      if (status.startsWith("Digest:")) for (const layer of layers.values()) layer.done = true;
      const all = [...layers.values()];
      if (all.length === 0) return `pulling ${reference}`;
      const total = megabytes(all.map((layer) => layer.total));
      const bytes = total === 0 ? "" : `, ${megabytes(all.map((layer) => layer.current))} of ${total} MB`;
      return `pulling ${reference}: ${all.filter((layer) => layer.done).length} of ${all.length} layers${bytes}`;
    },
  };
}

function megabytes(sizes: readonly number[]): number {
  return Math.round(sizes.reduce((sum, size) => sum + size, 0) / 1e6);
}
