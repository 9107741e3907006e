import type { Service } from "../../../modules/stackfile/model.ts";
import { defined, type HealthcheckBody } from "./body.ts";
import { nanoseconds } from "./units.ts";

/** What is absent comes from the image. */
export function healthcheckBody({ healthcheck }: Service): HealthcheckBody | undefined {
  if (healthcheck === undefined) return undefined;
  if (healthcheck.disable === true) return { Test: ["NONE"] };
  return defined<HealthcheckBody>({
    Test: healthcheck.test,
    Interval: nanoseconds(healthcheck.interval),
    Timeout: nanoseconds(healthcheck.timeout),
    StartPeriod: nanoseconds(healthcheck.start_period),
    StartInterval: nanoseconds(healthcheck.start_interval),
    Retries: healthcheck.retries,
  });
}
