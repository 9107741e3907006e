import { fileTarget } from "../../forms/collections.ts";
import { mountIdentity } from "../../forms/mounts.ts";
import { distinctStrings, fileReference, mergedStrings, secretReference } from "../common.ts";
import { inMemory, notNegative, storageOption, storageSize } from "../engine.ts";
import { mount } from "../mounts.ts";
import { boolean, bytes, dictionary, type KeyTable, list, string } from "../../shapes/shape.ts";

/** What it keeps, and what it is given as files. */
export const storage: KeyTable = {
  volumes: list(mount, { identity: mountIdentity, distinct: true }),
  volumes_from: distinctStrings,
  tmpfs: { ...mergedStrings, of: string({ keepsZero: true, runs: inMemory }) },
  shm_size: bytes({ runs: notNegative }),
  read_only: boolean({ cast: true }),
  storage_opt: dictionary(
    string({
      accepts: ["string", "number", "boolean"],
      or: ["null"],
      nullAs: "empty",
      keepsZero: true,
      unchecked: true,
      runs: storageSize,
    }),
    { runs: { names: storageOption } },
  ),
  configs: list(fileReference, { identity: fileTarget("") }),
  secrets: list(secretReference, { identity: fileTarget("/run/secrets") }),
};
