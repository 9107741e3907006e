import type { HostileFile } from "./hostile-files.ts";
import { nearlyDeepest, reached } from "./hostile-limits.ts";

/** Documents over documents, and what `!reset` and `!override` take away of earlier ones. */
export const hostileDocuments: readonly HostileFile[] = [
  {
    name: "resets below an anchor that is deep, and so are its aliases",
    text: () =>
      `x-a: ${"{a: ".repeat(nearlyDeepest)}[&r [${"!reset x, ".repeat(400)}y]${", *r".repeat(400)}]${"}".repeat(nearlyDeepest)}\nservices: { a: { image: i } }\n`,
  },
  {
    name: "a large anchor of resets, merged at each level of deep maps that reset the same",
    text: () => {
      const resets = `{ ${repeated(500, (index) => `k${index}: !reset x, `)}}`;
      const merged = `x-m: &m ${"{ a: ".repeat(100)}${resets}${" }".repeat(100)}\n`;
      return `${merged}x-a: ${"{ <<: *m, a: ".repeat(100)}${resets}${" }".repeat(100)}\nservices: { a: { image: i } }\n`;
    },
  },
  {
    name: "resets at each level of deep maps that merge a deep map of resets",
    text: () => {
      const resets = `{ ${repeated(1_000, (index) => `k${index}: !reset x, `)}}`;
      const merged = `x-m: &m ${"{ a: ".repeat(100)}{ k: !override x }${" }".repeat(100)}\n`;
      return `${merged}x-a: ${"{ <<: *m, a: ".repeat(100)}${resets}${" }".repeat(100)}\nservices: { a: { image: i } }\n`;
    },
  },
  {
    name: "many documents that name no section, behind many services",
    text: () => `${services(10_000)}${repeated(10_000, () => "---\nx-a: 1\n")}`,
  },
  {
    name: "many documents that each name something new at the top",
    text: () => `${services(1)}${repeated(10_000, (index) => `---\nx-${index}: 1\n`)}`,
    says: reached.merged,
  },
  {
    name: "many documents that reset something at the top",
    text: () =>
      `${repeated(10_000, (index) => `x-${index}: 1\n`)}${services(1)}${repeated(10_000, (index) => `---\nx-${index}: !reset\n`)}`,
    says: reached.merged,
  },
  {
    name: "many documents that each reset one of many services",
    text: () => `${services(10_000)}${repeated(2_000, (index) => `---\nservices: { s${index}: !reset null }\n`)}`,
    says: reached.merged,
  },
];

function services(count: number): string {
  return `services:\n${repeated(count, (index) => `  s${index}: { image: i }\n`)}`;
}

function repeated(count: number, text: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => text(index)).join("");
}
