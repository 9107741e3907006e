import { StartInstancesCommand } from "@aws-sdk/client-ec2";
import * as z from "zod";
import { defineResource } from "../../../../modules/provider/kit/define.ts";
import type { Call, Resource } from "../../../../modules/provider/kit/resource.ts";
import { deadlines, instanceAt, instanceIn, type Account } from "./calls.ts";

const stateInputs = z.strictObject({ instanceId: z.string(), state: z.literal("running") });
const stateOutputs = stateInputs.extend({ state: z.string() });

/**
 * `aws:ec2transitgateway/instanceState:InstanceState`: whether an instance runs. It is started where it does not; a delete leaves it as it is.
 * Source: internal/service/ec2/ec2_instance_state.go of hashicorp/terraform-provider-aws.
 */
export function instanceState(account: Account): Resource {
  const started = async (id: string, call: Call): Promise<void> => {
    const found = await instanceAt(account, id);
    if (found?.State?.Name === "stopped") await account.client.send(new StartInstancesCommand({ InstanceIds: [id] }));
    await instanceIn(account, id, "running", call);
  };
  return defineResource({
    type: "aws:ec2transitgateway/instanceState:InstanceState",
    inputs: stateInputs,
    outputs: stateOutputs,
    deadlines,
    replaces: ({ path }) => path[0] === "instanceId",
    async create(inputs, call) {
      await started(inputs.instanceId, call);
      return { id: inputs.instanceId, outputs: inputs };
    },
    async read({ id }) {
      const state = (await instanceAt(account, id))?.State?.Name;
      if (state === undefined || state === "terminated") return undefined;
      const observed = { instanceId: id, state };
      return { inputs: observed as z.infer<typeof stateInputs>, outputs: observed };
    },
    async update({ id }, inputs, call) {
      await started(id, call);
      return inputs;
    },
    delete: () => Promise.resolve(),
  });
}
