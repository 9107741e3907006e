import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { nearest } from "../stackfile/stages/nearest.ts";
import { refuse } from "./validate.ts";

// Programs may be plain JavaScript, and are run without a compiler's look: what kind of thing an argument is, is checked here, whether it is known
// while the program runs or later. What a value has to be besides, as a range, is checked with what it is for.

type Path = readonly PropertyKey[];

/** An object with these arguments and no others. */
export function argumentsOf(fields: z.ZodRawShape): z.ZodObject {
  return z.strictObject(fields, {
    error: (issue) =>
      issue.code === "unrecognized_keys" ? meant(issue.keys[0] ?? "", Object.keys(fields)) : undefined,
  });
}

function meant(key: string, names: readonly string[]): string {
  const near = nearest(key, names);
  return `is no argument: ${near === undefined ? `there are ${names.join(", ")}` : `did you mean ${near}?`}`;
}

/** An argument that may be an output: one is checked when it resolves. */
export function given(schema: z.ZodType): z.ZodType {
  return z.custom<unknown>().check((context) => {
    const { value } = context;
    if (!isLater(value)) passOn(schema, context);
    else context.issues.push({ code: "custom", input: value, path: [], params: { later: schema } });
  });
}

/** As `given`, where it need not be given, also when that is known later only. Outputs, and other languages, have `null` for it. */
export function perhaps(schema: z.ZodType): z.ZodType {
  return given(schema.nullish()).nullish();
}

/** An argument that is an object, or something simpler. */
export function either(simple: z.ZodType, object: z.ZodType): z.ZodType {
  return z.custom<unknown>().check((context) => {
    passOn(typeof context.value === "object" ? object : simple, context);
  });
}

/** What is wrong below is wrong here, at the same place. */
function passOn(schema: z.ZodType, { value, issues }: z.core.ParsePayload): void {
  const { error } = schema.safeParse(value);
  for (const issue of error?.issues ?? []) issues.push({ ...issue, input: undefined });
}

/**
 * The arguments of a component as its program gives them, if they are of the kinds that they have to be; outputs among them fail when they
 * turn out to be of another one.
 *
 * @throws where one is not, or where there is no argument of that name
 */
export function checked<Args extends object>(where: string, schema: z.ZodType, args: Args): Args {
  let all: unknown = args;
  for (const issue of issuesOf(schema, args)) {
    const { path } = issue;
    const found = at(args, path);
    const later = laterOf(issue);
    if (later === undefined) refuseFor(issue, { where, path, found });
    all = replaced(all, path, checkedLater(later, { where, path, found }));
  }
  return withoutNulls(all) as Args;
}

/** What is `null` is not given. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (value === null) return undefined;
  if (typeof value !== "object" || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inside]) => (inside === null ? [] : [[key, withoutNulls(inside)]])),
  );
}

function checkedLater(schema: z.ZodType, { where, path, found }: Finding): pulumi.Output<unknown> {
  const later: pulumi.Output<unknown> = pulumi.output(found as pulumi.Input<string>);
  return later.apply((known) => {
    for (const issue of issuesOf(schema, known)) {
      refuseFor(issue, { where, path: [...path, ...issue.path], found: at(known, issue.path) });
    }
    return withoutNulls(known);
  });
}

/** First what is misspelt: it is missing then, too, where it has to be given. */
function issuesOf(schema: z.ZodType, value: unknown): readonly z.core.$ZodIssue[] {
  const issues = schema.safeParse(value).error?.issues ?? [];
  const isUnknown = ({ code }: z.core.$ZodIssue): boolean => code === "unrecognized_keys";
  return [...issues.filter(isUnknown), ...issues.filter((issue) => !isUnknown(issue))];
}

function laterOf(issue: z.core.$ZodIssue): z.ZodType | undefined {
  const later: unknown = issue.code === "custom" ? issue.params?.["later"] : undefined;
  return later instanceof z.ZodType ? later : undefined;
}

interface Finding {
  readonly where: string;
  readonly path: Path;
  /** What is there. */
  readonly found: unknown;
}

function refuseFor(issue: z.core.$ZodIssue, { where, path, found }: Finding): never {
  const argument = path.length === 0 ? "what it is made from" : nameOf(path);
  if (isLater(found)) refuse(where, argument, "has to be known while the program runs, and is an output");
  if (issue.code === "unrecognized_keys") refuse(where, nameOf([...path, issue.keys[0] ?? ""]), issue.message);
  if (issue.code !== "invalid_type") refuse(where, argument, issue.message);
  if (found === undefined && path.length > 0) refuse(where, argument, "is missing");
  refuse(where, argument, `is ${expectations[issue.expected] ?? issue.expected}, not ${kindOf(found)}`);
}

const expectations: Readonly<Record<string, string | undefined>> = {
  string: "a text",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
};

/** No text is told: one that is in the wrong place may be a key, and an output that turned out to be one a secret. */
function kindOf(value: unknown): string {
  if (typeof value === "string") return "a text";
  if (typeof value === "number" && Number.isFinite(value)) return "a number";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  return typeof value === "function" ? "a function" : String(value);
}

function isLater(value: unknown): boolean {
  return pulumi.Output.isInstance(value) || value instanceof Promise;
}

/** `jump.port`, `allowPublic[0]`. */
function nameOf(path: Path): string {
  return path
    .map((key, index) => (typeof key === "number" ? `[${key}]` : `${index === 0 ? "" : "."}${String(key)}`))
    .join("");
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inside, key) => (inside as Record<PropertyKey, unknown> | null)?.[key], value);
}

function replaced(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by;
  const inside = replaced((value as Record<PropertyKey, unknown>)[key], rest, by);
  if (Array.isArray(value)) return value.map((element: unknown, index) => (index === key ? inside : element));
  return { ...(value as object), [key]: inside };
}
