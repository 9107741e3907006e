import { fingerprintOf, mintKeyPair } from "../../ssh/keys.ts";
import { defineResource } from "../kit/define.ts";
import type { Resource } from "../kit/resource.ts";
import { identityInputsSchema, identityOutputsSchema } from "./schema.ts";
import { stateOnly } from "./state-only.ts";
import { userDataFor } from "./user-data.ts";

export const identityType = "stackhouse:index:Identity";

/**
 * `stackhouse:index:Identity`: the host key and the login key of a machine, and the user data that brings them into it. They exist
 * before the machine does, so its key is pinned from the first dial. Its id is `hostId`.
 */
export function identityResource(): Resource {
  return defineResource({
    ...stateOnly,
    type: identityType,
    inputs: identityInputsSchema,
    outputs: identityOutputsSchema,
    secrets: [["privateKey"], ["userData"]],

    async create() {
      const host = mintKeyPair("stackhouse-host");
      const login = mintKeyPair("stackhouse");
      const hostId = fingerprintOf(host.publicKey);
      const { publicKey, privateKey } = login;
      const userData = await userDataFor({ host, publicKey });
      return { id: hostId, outputs: { hostId, hostKey: host.publicKey, publicKey, privateKey, userData } };
    },

    update: (state) => Promise.resolve(identityOutputsSchema.parse(state.outputs)),
  });
}
