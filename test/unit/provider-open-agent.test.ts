import { expect, test } from "@jest/globals";
import type { OpenStream } from "../../modules/agent-client/types.ts";
import { StackhouseError } from "../../modules/base/errors.ts";
import { agentOpener } from "../../modules/provider/open-agent.ts";
import { callOn } from "../support/provider/calls.ts";
import { hurriedClock } from "../support/hurried-clock.ts";

test("what is removed from a host that is silent shows all the while what it waits for", async () => {
  const clock = hurriedClock();
  const open: OpenStream = async (signal) => {
    await clock.sleep(30_000, signal);
    throw new StackhouseError("ssh.unreachable", "cannot reach root@192.0.2.7:22 over SSH: no answer");
  };
  const openAgent = agentOpener({ to: () => ({ open, bulk: open, wayBack: "look there" }) }, clock);
  const connection = { address: "192.0.2.7", port: 22, user: "root", hostKey: "ssh-ed25519 AAAA" };
  const call = callOn("App", "shop");
  const job = { ...call, requestedBy: "a test", onEvent: () => undefined };
  const removing = openAgent(connection, call, (api) => api.remove("shop", [], job));
  await expect(removing).rejects.toMatchObject({ code: "ssh.unreachable" });
  const seconds = Array.from({ length: 30 }, (_, second) => `status reaching the host agent ${second} s`);
  expect(call.said.slice(0, 30)).toEqual(seconds);
});
