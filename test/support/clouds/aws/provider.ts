import type { ProviderDefinition } from "../../../../modules/provider/kit/server.ts";
import type { Account } from "./calls.ts";
import { elasticIp, elasticIpAssociation } from "./elastic-ip.ts";
import { instance } from "./instance.ts";
import { instanceState } from "./instance-state.ts";
import { keyPair } from "./key-pair.ts";
import { lookups } from "./lookups.ts";
import { egressRule, ingressRule, securityGroup } from "./security-group.ts";
import { volume, volumeAttachment } from "./volume.ts";

/**
 * A provider `aws` for tests: the types that `Ec2Host` makes, as calls of AWS's own client. An argument that it does not know is an
 * error. What the real provider does with a difference it does not show, but for what is replaced (`replacing.ts`).
 */
export function awsProvider(account: Account): ProviderDefinition {
  const types = [securityGroup, ingressRule, egressRule, keyPair, instance, instanceState];
  const disks = [volume, volumeAttachment, elasticIp, elasticIpAssociation];
  return {
    name: "aws",
    version: "7.48.0",
    configure({ region }) {
      if (region === undefined || region === account.region) return Promise.resolve();
      return Promise.reject(
        new Error(`the emulated account is in ${account.region}, and aws:region says ${JSON.stringify(region)}`),
      );
    },
    resources: [...types, ...disks].map((make) => make(account)),
    functions: lookups(account),
  };
}
