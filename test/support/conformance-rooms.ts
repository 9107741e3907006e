import * as corners from "./conformance-corners.ts";
import * as extended from "./conformance-extended.ts";
import type { Fixtures } from "./conformance-fixtures.ts";
import * as forms from "./conformance-forms.ts";
import * as projects from "./conformance-projects.ts";
import * as publicFiles from "./conformance-public.ts";
import * as traps from "./conformance-traps.ts";
import * as values from "./conformance-values.ts";
import * as yaml from "./conformance-yaml.ts";

/** All fixtures, by their file and their group. */
export const rooms: Readonly<Record<string, Readonly<Record<string, Fixtures>>>> = {
  yaml,
  values,
  forms,
  projects,
  corners,
  extended,
  publicFiles,
  traps,
};

export const fixtureGroups: Readonly<Record<string, Fixtures>> = Object.fromEntries(
  Object.values(rooms).flatMap((room) => Object.entries(room)),
);
