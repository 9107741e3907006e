import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { readFile } from "node:fs/promises";
import { prepareDisks } from "../../modules/agent-install/disks.ts";
import { silentProgress } from "../../modules/base/progress.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { folderHost, type FolderHost } from "../support/folder-host.ts";

describe("the disks of a host", () => {
  let host: FolderHost;
  beforeEach(async () => {
    host = await folderHost();
    // What would touch them tells so.
    const noting = '#!/bin/sh\necho "${0##*/}" >>"${0%/bin/*}/touched"\nexit 1\n';
    for (const program of ["findmnt", "blkid", "mkfs.ext4", "growpart", "resize2fs"]) {
      await host.write(`/bin/${program}`, noting);
    }
    await host.write("/touched", "");
    await host.write("/dev/volume", "");
  });
  afterEach(async () => {
    await host[Symbol.asyncDispose]();
  });

  const prepare = (): Promise<void> => {
    const disks = { rootGiB: 20, volumeDevice: "/dev/volume", volumeGiB: 8 };
    const { signal } = new AbortController();
    return prepareDisks({ ...disks, session: host.session, clock: systemClock, progress: silentProgress, signal });
  };

  it("are not touched where no agent can live", async () => {
    await host.write("/bin/uname", "#!/bin/sh\necho riscv64\n");
    await expect(prepare()).rejects.toMatchObject({
      code: "agent.install-failed",
      details: expect.arrayContaining([expect.stringContaining("its processor is riscv64")]),
      hint: "nothing was changed on the host",
    });
    expect(await readFile(host.path("/touched"), "utf8")).toBe("");
  });
});
