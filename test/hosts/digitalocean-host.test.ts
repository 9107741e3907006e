import { cloudHostLife } from "./cloud-host/life.ts";

await cloudHostLife("digitalocean");
