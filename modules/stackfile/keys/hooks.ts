import { oneOrMore } from "../forms/collections.ts";
import { hookCommand, plainVariables, stringOrStrings } from "./common.ts";
import { boolean, list, mapping, oneOf, strictBoolean, string } from "../shapes/shape.ts";

const hook = {
  command: hookCommand,
  user: string(),
  privileged: boolean(),
  working_dir: string(),
  environment: plainVariables,
};

/** `services.*.post_start[]`, `services.*.pre_stop[]` */
export const serviceHook = mapping(hook, { required: ["command"], unset: { command: null } });

/** `services.*.pre_start[]` */
export const preStartHook = mapping(
  { ...hook, image: string({ keepsZero: true }), per_replica: boolean() },
  { unset: { command: null } },
);

const patterns = { ...stringOrStrings, longForm: oneOrMore, passes: "everything" } as const;

/** `services.*.develop` */
export const develop = mapping(
  {
    watch: list(
      mapping(
        {
          path: string({ path: "file" }),
          action: oneOf("rebuild", "sync", "restart", "sync+restart", "sync+exec"),
          target: string(),
          exec: serviceHook,
          include: patterns,
          ignore: patterns,
          initial_sync: strictBoolean(),
        },
        { required: ["path", "action"] },
      ),
    ),
  },
  { or: ["null"] },
);
