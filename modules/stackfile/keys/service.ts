import { mapping } from "../shapes/shape.ts";
import { serviceClashes } from "./engine.ts";
import { imageAndProcess } from "./service/image-and-process.ts";
import { lifecycle } from "./service/lifecycle.ts";
import { network } from "./service/network.ts";
import { storage } from "./service/storage.ts";
import { security } from "./service/security.ts";
import { resources } from "./service/resources.ts";
import { loggingAndLabels } from "./service/labels.ts";

/** `services.*` */
export const service = mapping(
  {
    ...imageAndProcess,
    ...lifecycle,
    ...network,
    ...storage,
    ...security,
    ...resources,
    ...loggingAndLabels,
  },
  {
    keepsExtensions: true,
    unset: { command: null, entrypoint: null },
    clashes: serviceClashes,
  },
);
