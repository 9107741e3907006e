import * as z from "zod";

/** Answers of Docker Engine's API, as far as we read them. Source: https://docs.docker.com/reference/api/engine/version/v1.51 */

export const versionSchema = z.object({ Version: z.string(), ApiVersion: z.string() });

/** Go prints an empty map or list as null. */
const labelsSchema = z
  .record(z.string(), z.string())
  .nullish()
  .transform((labels) => labels ?? {});

export const listedContainerSchema = z.object({
  Id: z.string(),
  Names: z.array(z.string()),
  Image: z.string(),
  ImageID: z.string(),
  Labels: labelsSchema,
  State: z.string(),
  /** For people: `Up 2 minutes (healthy)`, `Exited (1) 3 hours ago`. */
  Status: z.string(),
  Ports: z
    .array(
      z.object({
        IP: z.string().optional(),
        PrivatePort: z.number(),
        PublicPort: z.number().optional(),
        Type: z.string(),
      }),
    )
    .nullish(),
});
export type ListedContainer = z.infer<typeof listedContainerSchema>;

export const listedNetworkSchema = z.object({ Id: z.string(), Name: z.string(), Labels: labelsSchema });
export const listedVolumeSchema = z.object({ Name: z.string(), Labels: labelsSchema });
export type ListedVolume = z.infer<typeof listedVolumeSchema>;
export const listedVolumesSchema = z.object({ Volumes: z.array(listedVolumeSchema).nullish() });

export const inspectedContainerSchema = z.object({
  Id: z.string(),
  Name: z.string(),
  Image: z.string(),
  State: z.object({
    Status: z.string(),
    ExitCode: z.number(),
    Error: z.string(),
    StartedAt: z.string(),
    Health: z
      .object({
        Status: z.string(),
        Log: z.array(z.object({ End: z.string(), ExitCode: z.number(), Output: z.string() })).nullish(),
      })
      .nullish(),
  }),
  Config: z.object({ Image: z.string(), Labels: labelsSchema, Tty: z.boolean(), StopTimeout: z.number().nullish() }),
  Mounts: z.array(z.object({ Destination: z.string() })).nullish(),
  NetworkSettings: z.object({
    Networks: z.record(z.string(), z.unknown()).nullish(),
    Ports: z.record(z.string(), z.array(z.object({ HostIp: z.string(), HostPort: z.string() })).nullable()).nullish(),
  }),
});
export type InspectedContainer = z.infer<typeof inspectedContainerSchema>;

export const inspectedImageSchema = z.object({
  Id: z.string(),
  Config: z.object({ Volumes: z.record(z.string(), z.unknown()).nullish() }).nullish(),
});
export type InspectedImage = z.infer<typeof inspectedImageSchema>;
export const createdSchema = z.object({ Id: z.string() });
export const createdContainerSchema = createdSchema.extend({ Warnings: z.array(z.string()).nullish() });
export const inspectedExecSchema = z.object({ Running: z.boolean(), ExitCode: z.number().nullable() });

export const eventSchema = z.object({
  Action: z.string(),
  Actor: z.object({ ID: z.string(), Attributes: labelsSchema }),
});

/** One message of a pull or a load. */
export const progressSchema = z.object({
  id: z.string().optional(),
  status: z.string().optional(),
  stream: z.string().optional(),
  error: z.string().optional(),
  errorDetail: z.object({ message: z.string().optional() }).optional(),
  progressDetail: z.object({ current: z.number().optional(), total: z.number().optional() }).optional(),
});
export type ProgressMessage = z.infer<typeof progressSchema>;
