import { describe, expect, it } from "@jest/globals";
import { diskFinding } from "../../modules/cli/doctor/checks/disk.ts";

const gib = 1024 ** 3;

describe("doctor, of the disk", () => {
  it.each([
    { free: 6, baseImage: "missing", finding: { status: "passed" } },
    { free: 5.9, baseImage: "missing", finding: { status: "failed", fix: expect.stringContaining("free 6 GiB") } },
    { free: 1, baseImage: "cached", finding: { status: "passed" } },
    { free: 0.9, baseImage: "cached", finding: { status: "failed", fix: expect.stringContaining("free 1 GiB") } },
  ] as const)(
    "finds $finding.status with $free GiB and a base image that is $baseImage",
    ({ free, baseImage, finding }) => {
      const found = diskFinding("/home/me/.stackhouse", { freeBytes: free * gib, baseImage });
      expect(found).toMatchObject({ ...finding, found: `${free.toFixed(1)} GiB free for /home/me/.stackhouse` });
    },
  );
});
