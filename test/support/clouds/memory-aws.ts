import { memoryCloud, type MemoryCloud } from "./memory-cloud.ts";

/** EC2 as far as `Ec2Host` uses it. */
export function memoryAws(onInstance: () => void): ReturnType<typeof memoryCloud> {
  return memoryCloud({
    name: "aws",
    types: {
      "aws:ec2/instance:Instance": (count) => {
        onInstance();
        return { publicIp: `198.51.100.${count}`, privateIp: `10.0.0.${count}` };
      },
      "aws:ec2/keyPair:KeyPair": (count) => ({ keyName: `key-${count}` }),
      "aws:ec2/securityGroup:SecurityGroup": () => ({}),
      "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": () => ({}),
      "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": () => ({}),
      "aws:ebs/volume:Volume": () => ({}),
      "aws:ec2/volumeAttachment:VolumeAttachment": () => ({}),
      "aws:ec2/eip:Eip": (count) => ({ publicIp: `203.0.113.${count}` }),
      "aws:ec2/eipAssociation:EipAssociation": (count) => ({ publicIp: `203.0.113.${count}` }),
    },
    exclusive: { volumeId: "Volume" },
    functions: (cloud: MemoryCloud) => ({
      "aws:index/getRegion:getRegion": async () => ({ region: "eu-central-1" }),
      "aws:ec2/getAmi:getAmi": async ({ filters }) => ({ id: `ami-${JSON.stringify(filters)}-${cloud.newest}` }),
      "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": async () => ({ locations: ["eu-central-1a"] }),
    }),
  });
}
