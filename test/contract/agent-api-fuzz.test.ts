import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Logger } from "../../host-agent/logging/logger.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { problemSchema } from "../../modules/protocol/jobs.ts";
import { applyRequest, fakeRuntime, shop, startTestAgent, type TestAgent } from "../support/agent.ts";

interface Operation {
  readonly operationId: string;
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: unknown }>> };
}

const complaints: string[] = [];
const logger: Logger = { ...silentLogger, error: (_, message) => complaints.push(message) };
let agent: TestAgent;
let operations: { readonly method: string; readonly path: string; readonly operation: Operation }[];

beforeAll(async () => {
  agent = await startTestAgent(fakeRuntime(), { logger });
  const { body } = await agent.http.send("GET", "/v1/openapi.json");
  operations = Object.entries(body["paths"] as Record<string, Record<string, Operation>>).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
});
afterAll(async () => agent[Symbol.asyncDispose]());

/** Streams that may go on for ever are tested elsewhere; here only what they refuse is of interest. */
const segment = fc.oneof(
  fc.constantFrom("shop", "..", "%2e%2e", "a".repeat(5_000), "00000000-0000-4000-8000-000000000000", "%00", "é"),
  fc.string({ minLength: 1 }).map(encodeURIComponent),
);
const search = fc.oneof(
  fc.constantFrom("", "?tail=-1", "?tail=9999999999", "?since=never", "?follow=maybe", "?__proto__=1", "?%"),
  fc.webQueryParameters().map((query) => `?${encodeURI(query)}`),
);

/** A valid request with something changed in a random place: gets further than random JSON does. */
function damaged(base: unknown): fc.Arbitrary<unknown> {
  const places: (string | number)[][] = [];
  const walk = (value: unknown, path: (string | number)[]): void => {
    places.push(path);
    if (typeof value !== "object" || value === null) return;
    for (const [key, part] of Object.entries(value)) walk(part, [...path, key]);
  };
  walk(base, []);
  return fc.tuple(fc.constantFrom(...places), fc.jsonValue()).map(([path, value]) => {
    const copy: unknown = structuredClone(base);
    const last = path.at(-1);
    if (last === undefined) return value;
    let at = copy as Record<string | number, unknown>;
    for (const key of path.slice(0, -1)) at = at[key] as Record<string | number, unknown>;
    at[last] = value;
    return copy;
  });
}
const body = fc.oneof(
  fc.jsonValue().map((value) => JSON.stringify(value)),
  damaged(applyRequest(shop(), { deadlineMs: 50 })).map((value) => JSON.stringify(value)),
  damaged({ desired: shop() }).map((value) => JSON.stringify(value)),
  fc.string(),
  fc.constantFrom("", "{", '{"__proto__":{"desired":1}}', "[".repeat(10_000), '{"a":'.repeat(5_000)),
);
const headers = fc.record(
  {
    "last-event-id": fc.constantFrom("", "-1", "1e9", "x", "99999999999999999"),
    "stackhouse-protocol": fc.constantFrom("1.0", "1.9", "9.0", "one"),
    "content-type": fc.constantFrom("application/json", "application/x-tar", "text/plain"),
  },
  { requiredKeys: [] },
);

describe("whatever is sent", () => {
  test("is answered without a server error, and problems are well-formed", async () => {
    const fixed = operations.filter(({ operation }) => operation.operationId !== "exec");
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...fixed),
        segment,
        search,
        body,
        headers,
        async ({ method, path }, part, query, content, more) => {
          const address = path.replaceAll(/\{\w+\}/g, part) + query;
          const sent = method === "GET" ? undefined : content;
          const answered = await agent.http.send(method, address, sent, more);
          expect(answered.status).toBeLessThan(500);
          if (answered.status >= 400) expect(problemSchema.safeParse(answered.body).success).toBe(true);
        },
      ),
      { numRuns: 600 },
    );
    expect(complaints).toEqual([]);
    expect((await agent.http.send("GET", "/v1/info")).status).toBe(200);
  }, 120_000);

  test("a damaged apply is refused with the place of the fault, and nothing is made", async () => {
    const request = applyRequest(shop());
    const { status, body: problem } = await agent.http.send("PUT", "/v1/apps/shop", {
      ...request,
      desired: { ...request.desired, model: { ...request.desired.model, services: { web: { image: 7 } } } },
    });
    expect(status).toBe(400);
    expect(JSON.stringify(problem["details"])).toContain("desired.model.services.web.image");
  });

  test.each([
    ["another app's model", { ...shop(), model: { ...shop().model, name: "other" } }],
    ["a secret that was not sent", shop({ web: { secrets: [{ source: "key" }] } })],
    ["a content that is not base64", { ...shop(), contents: { "secrets/key": "###" } }],
    ["a service without an image", shop({ web: { image: "" } })],
  ])("refuses %s", async (_, desired) => {
    for (const [method, path, content] of [
      ["PUT", "/v1/apps/shop", applyRequest(desired)],
      ["POST", "/v1/apps/shop/plan", { desired }],
    ] as const) {
      const { status, body: problem } = await agent.http.send(method, path, content);
      expect({ status, code: problem.code }).toEqual({ status: 400, code: "input.invalid" });
    }
  });

  test("a body that is too long is refused before it is read", async () => {
    const { status } = await agent.http
      .send("PUT", "/v1/apps/shop", "x".repeat(17 * 1024 * 1024))
      .catch(() => ({ status: 400 })); // The connection may be closed while the rest is still being sent.
    expect(status).toBe(400);
    expect((await agent.http.send("GET", "/v1/info")).status).toBe(200);
  });
});
