import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  EC2ServiceException,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
  type IpPermission,
  type SecurityGroupRule,
} from "@aws-sdk/client-ec2";
import * as z from "zod";
import type { Attempt } from "../../../../modules/base/wait.ts";
import { defineResource } from "../../../../modules/provider/kit/define.ts";
import type { Resource } from "../../../../modules/provider/kit/resource.ts";
import { freshName } from "../names.ts";
import { deadlines, only, retag, settled, tagged, tags, tagsOf, unlessGone, type Account } from "./calls.ts";

const group = z.strictObject({ description: z.string(), vpcId: z.string(), tags });

/** `aws:ec2/securityGroup:SecurityGroup`, without rules of its own: what AWS opens by itself is closed, as the real provider does. */
export function securityGroup(account: Account): Resource {
  const { client } = account;
  const look = async (id: string) =>
    only((await client.send(new DescribeSecurityGroupsCommand({ GroupIds: [id] }))).SecurityGroups, "group");
  return defineResource({
    type: "aws:ec2/securityGroup:SecurityGroup",
    inputs: group,
    outputs: group.extend({ name: z.string() }),
    deadlines,
    replaces: ({ path }) => path[0] !== "tags",

    async create(inputs, call) {
      const { description, vpcId } = inputs;
      const name = freshName(call);
      const made = await client.send(
        new CreateSecurityGroupCommand({
          GroupName: name,
          Description: description,
          VpcId: vpcId,
          ...tagged("security-group", inputs.tags),
        }),
      );
      const id = made.GroupId ?? "";
      const { IpPermissionsEgress: open = [] } = await look(id);
      await client.send(new RevokeSecurityGroupEgressCommand({ GroupId: id, IpPermissions: open }));
      return { id, outputs: { ...inputs, name } };
    },

    async read({ id, inputs }) {
      const found = await unlessGone(look(id));
      if (found === undefined) return undefined;
      const observed = { ...inputs, tags: tagsOf(found.Tags) };
      return { inputs: observed, outputs: { ...observed, name: found.GroupName ?? "" } };
    },

    async update({ id, inputs: before, outputs }, inputs) {
      await retag(account, id, before.tags, inputs.tags);
      return { ...inputs, name: outputs.name ?? "" };
    },

    async delete({ id }, call) {
      const attempt = async (): Promise<Attempt<undefined>> => {
        try {
          await unlessGone(client.send(new DeleteSecurityGroupCommand({ GroupId: id })));
          return { done: true, value: undefined };
        } catch (error) {
          // An instance that has just ended holds it for a while.
          if (!(error instanceof EC2ServiceException && error.name === "DependencyViolation")) throw error;
          return { done: false, reason: error.message };
        }
      };
      await settled("the security group to be unused", attempt, call);
    },
  });
}

const rule = z.strictObject({
  securityGroupId: z.string(),
  ipProtocol: z.string(),
  fromPort: z.number().optional(),
  toPort: z.number().optional(),
  cidrIpv4: z.string().optional(),
  cidrIpv6: z.string().optional(),
  tags,
});

/** `aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule`: who may come in. */
export function ingressRule(account: Account): Resource {
  const { client } = account;
  return ruleOf(account, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", {
    authorize: async (what) => (await client.send(new AuthorizeSecurityGroupIngressCommand(what))).SecurityGroupRules,
    revoke: async (what) => client.send(new RevokeSecurityGroupIngressCommand(what)),
  });
}

/** `aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule`: where to it may go. */
export function egressRule(account: Account): Resource {
  const { client } = account;
  return ruleOf(account, "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", {
    authorize: async (what) => (await client.send(new AuthorizeSecurityGroupEgressCommand(what))).SecurityGroupRules,
    revoke: async (what) => client.send(new RevokeSecurityGroupEgressCommand(what)),
  });
}

type Permissions = { readonly GroupId: string; readonly IpPermissions: IpPermission[] };

interface Direction {
  readonly authorize: (what: Permissions) => Promise<readonly SecurityGroupRule[] | undefined>;
  readonly revoke: (what: { readonly GroupId: string; readonly SecurityGroupRuleIds: string[] }) => Promise<unknown>;
}

function ruleOf(account: Account, type: string, { authorize, revoke }: Direction): Resource {
  return defineResource({
    type,
    inputs: rule,
    outputs: rule,
    deadlines,
    // The real provider replaces it for another group alone, and changes a rule in place: programs of ours make another one.
    replaces: ({ path }) => path[0] !== "tags",

    async create(inputs) {
      const { securityGroupId: GroupId, ipProtocol, fromPort, toPort, cidrIpv4, cidrIpv6 } = inputs;
      const permission: IpPermission = {
        IpProtocol: ipProtocol,
        ...(fromPort === undefined ? {} : { FromPort: fromPort }),
        ...(toPort === undefined ? {} : { ToPort: toPort }),
        ...(cidrIpv4 === undefined ? {} : { IpRanges: [{ CidrIp: cidrIpv4 }] }),
        ...(cidrIpv6 === undefined ? {} : { Ipv6Ranges: [{ CidrIpv6: cidrIpv6 }] }),
      };
      const id = only(await authorize({ GroupId, IpPermissions: [permission] }), "rule").SecurityGroupRuleId ?? "";
      await retag(account, id, {}, inputs.tags);
      return { id, outputs: inputs };
    },

    async read({ id, inputs }) {
      const asking = account.client.send(new DescribeSecurityGroupRulesCommand({ SecurityGroupRuleIds: [id] }));
      const [found] = (await unlessGone(asking))?.SecurityGroupRules ?? [];
      return found === undefined ? undefined : { inputs, outputs: inputs };
    },

    async update({ id, inputs: before }, inputs) {
      await retag(account, id, before.tags, inputs.tags);
      return inputs;
    },

    async delete({ id, inputs }) {
      await unlessGone(revoke({ GroupId: inputs.securityGroupId ?? "", SecurityGroupRuleIds: [id] }));
    },
  });
}
