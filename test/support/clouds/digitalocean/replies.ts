/** What a request gets. */
export interface Reply {
  readonly status: number;
  readonly body?: unknown;
}

/** A request for a thing of some kind, or for all of them. */
export interface Wish {
  readonly method: string;
  /** Absent: a new one is wanted. */
  readonly id: string | undefined;
  readonly body: unknown;
}

export const missing: Reply = {
  status: 404,
  body: { id: "not_found", message: "The resource you requested could not be found." },
};
export const gone: Reply = { status: 204 };

/** There is one already, or somebody has it. */
export function taken(message: string): Reply {
  return { status: 409, body: { id: "conflict", message } };
}

export function refused(message: string): Reply {
  return { status: 422, body: { id: "unprocessable_entity", message } };
}
