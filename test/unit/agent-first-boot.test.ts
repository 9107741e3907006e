import { describe, expect, it } from "@jest/globals";
import { waitForFirstBoot } from "../../modules/agent-install/first-boot.ts";
import type { SshSession } from "../../modules/ssh/types.ts";
import { fakeClock } from "../support/fake-clock.ts";

/** A host whose cloud-init says these things, one a look; the last one for ever. */
function hostThatSays(...answers: readonly string[]): { session: SshSession; looks: () => number } {
  let looks = 0;
  const exec = async () => {
    const stdout = answers[Math.min(looks, answers.length - 1)] ?? "";
    looks += 1;
    return { exitCode: 0, stdout, stderr: "" };
  };
  return { session: { exec } as unknown as SshSession, looks: () => looks };
}

async function wait(session: SshSession, said: string[] = []): Promise<void> {
  const progress = { status: (text: string) => said.push(text), info: () => undefined, warn: () => undefined };
  await waitForFirstBoot({ session, clock: fakeClock(), progress, signal: new AbortController().signal });
}

describe("the first boot of a machine", () => {
  it("is waited for, and what it does is shown", async () => {
    const said: string[] = [];
    const { session } = hostThatSays(
      "firstBoot=running\n",
      "firstBoot=running\nSetting up docker.io (26.1.5) ...\n",
      "Cloud-init v. 25.1 finished\n",
    );
    await wait(session, said);
    expect(said).toEqual([
      "waiting for the first boot 0 s (cloud-init has said nothing yet)",
      "waiting for the first boot 1 s (Setting up docker.io (26.1.5) ...)",
    ]);
  });

  it("is over on a host without cloud-init: one look", async () => {
    const { session, looks } = hostThatSays("");
    await wait(session);
    expect(looks()).toBe(1);
  });

  it("that does not end is an error with the last thing that it said", async () => {
    const { session } = hostThatSays("firstBoot=running\nE: Unable to fetch some archives\n");
    await expect(wait(session)).rejects.toMatchObject({
      code: "deadline",
      message: "the first boot did not end within 10 min 00 s",
      details: ["cloud-init said last: E: Unable to fetch some archives"],
    });
  });
});
