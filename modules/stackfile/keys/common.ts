import { nameBeforeEquals, oneOrMore, completeSecret, stringAs, wholeLimit } from "../forms/collections.ts";
import { commandWords, healthTest } from "../forms/commands.ts";
import { filePath, softAboveHard } from "./engine.ts";
import {
  dictionary,
  type DictionaryShape,
  integer,
  type JsonType,
  list,
  mapping,
  mode,
  type ScalarShape,
  strictInteger,
  string,
  text,
  textOrNumber,
} from "../shapes/shape.ts";

/** Shapes that several keys share. */

export const namePattern = { matches: /^[a-zA-Z0-9._-]+$/, expected: "letters, digits, '.', '_' and '-'" };

/** Any name, and there must be one. */
export const someName = { matches: /[^\n]/, expected: "one character or more" };

const pairs = { asList: "pairs", names: someName, expected: "a map or a list of NAME=value" } as const;

/** Labels, annotations and the like: `null` is an empty string. */
export const labels = dictionary(text({ nullAs: "empty", keepsZero: true }), {
  ...pairs,
  unique: true,
  merge: "pairs",
});

/** Labels of what Compose has no rules for, when it merges files. */
export const plainLabels = dictionary(text({ nullAs: "empty", keepsZero: true }), pairs);

/** Variables: `null` takes the value from where the app is loaded, and stays `null` where there is none. */
export const variables = dictionary(text({ nullAs: "null", keepsZero: true }), {
  ...pairs,
  runs: { names: someName },
  unique: true,
  merge: "pairs",
});

/** Variables of a hook: no rules for merging either. */
export const plainVariables = dictionary(text({ nullAs: "null", keepsZero: true }), pairs);

export const options = dictionary(textOrNumber({ keepsZero: true }));

const words = { or: ["string", "null"], inWords: commandWords, keepsEmpty: true } as const;
const oneOrMoreText = "a string or a list of strings";
const item = string({ keepsZero: true });

export const command = list(item, { ...words, merge: "replace", expected: oneOrMoreText });

/** A later file's hooks are appended, so that there is nothing to replace. */
export const hookCommand = list(item, { ...words, expected: oneOrMoreText });

export const healthCommand = list(item, {
  or: ["string"],
  split: healthTest,
  merge: "replace",
  expected: oneOrMoreText,
});

export const strings = list(item);

/** No two items are equal. */
export const distinctStrings = list(item, { distinct: true });

/** Of two items with one name before `=`, the later one stays. */
export const namedStrings = list(item, { distinct: true, identity: nameBeforeEquals });

export const stringOrStrings = list(item, {
  or: ["string"],
  split: oneOrMore,
  distinct: true,
  expected: oneOrMoreText,
});

/** As `stringOrStrings`; a string becomes a list where files are merged. */
export const mergedStrings = list(item, { ...stringOrStrings, merge: "pairs", identity: nameBeforeEquals });

/** Names of users and groups are those of the image, and nobody reads them before it runs. */
const id = string({ runs: { pattern: { matches: /^\d+$/, expected: "a number" } } });
const buildSecretKeys = { source: string(), target: string(), uid: string(), gid: string(), mode: mode() };
const fileReferenceKeys = { ...buildSecretKeys, target: string({ runs: filePath }), uid: id, gid: id };
const sourceName = { or: ["string"], longForm: stringAs("source"), expected: "a name or a map" } as const;

/** How a build uses a secret. */
export const buildSecret = mapping(buildSecretKeys, sourceName);

/** How a service uses a config. */
export const fileReference = mapping(fileReferenceKeys, sourceName);

/** How a service uses a secret. */
export const secretReference = mapping(fileReferenceKeys, { ...sourceName, complete: completeSecret });

function limits(limit: ScalarShape, or: readonly JsonType[]): DictionaryShape {
  return dictionary(
    mapping(
      { soft: limit, hard: limit },
      {
        required: ["soft", "hard"],
        clashes: [softAboveHard],
        or,
        scalar: limit,
        longForm: wholeLimit,
        merge: "replace",
        expected: "a whole number or a map with soft and hard",
      },
    ),
  );
}

export const ulimits = limits(integer({ keepsZero: true, cast: true, longForm: wholeLimit }), ["integer", "string"]);

/** In a build nothing makes a number of a text, nor of what a variable holds; as in Compose, that is found out when there is a value. */
export const buildUlimits = limits(strictInteger({ keepsZero: true, templates: true, longForm: wholeLimit }), [
  "integer",
]);

/** Why a key of Windows containers does not work. */
export const windows = "it is for Windows containers";
