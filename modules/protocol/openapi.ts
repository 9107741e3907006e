import * as z from "zod";
import { protocolVersion } from "./api.ts";
import { problemSchema } from "./jobs.ts";
import { routes, type Answer, type Route } from "./routes.ts";

/** OpenAPI 3.1 of the agent's API, from the same schemas that the border checks with. */
export function openApiDocument(): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [name, route] of Object.entries<Route>(routes)) {
    const path = route.path.replaceAll(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(name, route) };
  }
  return {
    openapi: "3.1.0",
    info: { title: "Stackhouse host agent", version: `${protocolVersion.major}.${protocolVersion.minor}` },
    paths,
  };
}

function operation(name: string, route: Route): Record<string, unknown> {
  const body = requestBody(route);
  return {
    operationId: name,
    summary: route.summary,
    parameters: [...parameters(route.params, "path"), ...parameters(route.query, "query")],
    ...(body === undefined ? {} : { requestBody: { required: true, content: body } }),
    responses: {
      ...answer(route.answer),
      default: { description: "A problem", content: { "application/json": { schema: jsonSchema(problemSchema) } } },
    },
  };
}

function requestBody(route: Route): Record<string, unknown> | undefined {
  if (route.body !== undefined) return { "application/json": { schema: jsonSchema(route.body) } };
  if (route.streams === "tar") return { "application/x-tar": { schema: { type: "string", format: "binary" } } };
  return undefined;
}

function answer(kind: Answer): Record<string, unknown> {
  switch (kind.kind) {
    case "json":
      return {
        [kind.status]: { description: "Done", content: { "application/json": { schema: jsonSchema(kind.schema) } } },
      };
    case "events":
      return {
        200: {
          description: `Server-sent events: ${Object.keys(kind.schemas).join(", ")}`,
          content: {
            "text/event-stream": { schema: { oneOf: Object.values(kind.schemas).map((schema) => jsonSchema(schema)) } },
          },
        },
      };
    case "upgrade":
      return { 101: { description: `Upgraded to ${kind.protocol}` } };
  }
}

function parameters(schema: z.ZodType, place: "path" | "query"): Record<string, unknown>[] {
  const { properties = {}, required = [] } = jsonSchema(schema) as {
    properties?: Record<string, unknown>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: required.includes(name),
    schema: property,
  }));
}

/** What is sent, not what it becomes. */
function jsonSchema(schema: z.ZodType): Record<string, unknown> {
  const converted: Record<string, unknown> = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  Reflect.deleteProperty(converted, "$schema");
  return converted;
}
