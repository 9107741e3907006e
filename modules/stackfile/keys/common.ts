import { keyValues, keyValuesOrEmpty, nameBeforeEquals, oneOrMore, sameText, words } from "../forms/collections.ts";
import { dictionary, list, string, text } from "./shape.ts";

/** Shapes that several keys share. */

export const namePattern = { matches: /^[a-zA-Z0-9._-]+$/, expected: "letters, digits, '.', '_' and '-'" };

const mapOrPairs = "a map or a list of NAME=value";

/** Labels, annotations and the like: `null` is an empty string. */
export const labels = dictionary(text(), { longForm: keyValuesOrEmpty, expected: mapOrPairs });

/** Variables: `null` takes the value from where the app is loaded, and stays `null` where there is none. */
export const variables = dictionary(text({ nullable: true }), { longForm: keyValues, expected: mapOrPairs });

export const options = dictionary(text());

export const command = list(string(), {
  longForm: words,
  merge: "replace",
  nullable: true,
  expected: "a string or a list of strings",
});

/** A list whose items are one when they are equal. */
export const strings = list(string(), { identity: sameText });

export const namedStrings = list(string(), { identity: nameBeforeEquals });

export const stringOrStrings = list(string(), {
  longForm: oneOrMore,
  identity: nameBeforeEquals,
  expected: "a string or a list of strings",
});
