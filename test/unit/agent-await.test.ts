import { describe, expect, test } from "@jest/globals";
import { standing, type Standing } from "../../host-agent/execute/await-service.ts";
import type { ObservedContainer } from "../../modules/plan/types.ts";

const base: ObservedContainer = {
  id: "1",
  name: "shop-web-1",
  service: "web",
  number: 1,
  fingerprint: "f",
  image: "web:1",
  imageDigest: "sha256:1",
  state: "running",
  health: "none",
  ports: [],
};
type Is = Standing["is"];

const table: readonly (Partial<ObservedContainer> & { started: Is; healthy: Is; completed: Is })[] = [
  { state: "created", started: "pending", healthy: "pending", completed: "pending" },
  { state: "running", health: "none", started: "met", healthy: "broken", completed: "pending" },
  { state: "running", health: "starting", started: "met", healthy: "pending", completed: "pending" },
  { state: "running", health: "healthy", started: "met", healthy: "met", completed: "pending" },
  { state: "running", health: "unhealthy", started: "met", healthy: "broken", completed: "pending" },
  { state: "exited", exitCode: 0, started: "met", healthy: "broken", completed: "met" },
  { state: "exited", exitCode: 3, started: "broken", healthy: "broken", completed: "broken" },
  { state: "restarting", exitCode: 3, started: "pending", healthy: "pending", completed: "pending" },
  { state: "paused", started: "pending", healthy: "pending", completed: "pending" },
  { state: "removing", started: "pending", healthy: "pending", completed: "pending" },
  { state: "dead", started: "broken", healthy: "broken", completed: "broken" },
];

describe("how a container stands to what is waited for", () => {
  test.each(table)("$state $health $exitCode", ({ started, healthy, completed, ...container }) => {
    const observed = { ...base, ...container };
    expect({
      started: standing("started", observed).is,
      healthy: standing("healthy", observed).is,
      completed: standing("completed", observed).is,
    }).toEqual({ started, healthy, completed });
  });

  test("says the exit code of one that ended", () => {
    expect(standing("healthy", { ...base, state: "exited", exitCode: 7 })).toMatchObject({
      code: "app.container-failed",
      reason: "shop-web-1 ended with exit code 7",
    });
  });

  test("says that there is no health check to wait for", () => {
    expect(standing("healthy", base)).toMatchObject({
      code: "app.unhealthy",
      reason: "shop-web-1 has no health check to be healthy by",
    });
  });
});
