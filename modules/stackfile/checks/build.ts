import { own } from "../own.ts";
import { type Check, declaredAt } from "./check.ts";
import type { Build, DraftService } from "../stages/draft.ts";

/** What a build must agree with: other services, the platform, secrets; and what dev watch needs. */
export function checkBuild(name: string, service: DraftService, check: Check): void {
  if (service.build !== undefined) checkBuildOf(name, service.build, service, check);
  service.develop?.watch?.forEach(({ action, target }, index) => {
    if (target !== undefined || action === "rebuild" || action === "restart") return;
    check.lacks(["services", name, "develop", "watch", index], {
      keys: ["target"],
      message: `services.${name}.develop.watch[${index}] needs "target"`,
    });
  });
}

function checkBuildOf(name: string, build: Build, service: DraftService, { draft, error, shown }: Check): void {
  const path = ["services", name, "build"];
  if (build.dockerfile_inline !== undefined && build.dockerfile !== undefined) {
    error([...path, "dockerfile"], {
      code: "conflict",
      message: `services.${name}.build has both "dockerfile" and "dockerfile_inline"`,
      hint: "keep one of the two",
    });
  }
  for (const [context, value] of Object.entries(build.additional_contexts ?? {})) {
    const target = /^service:(.*)$/s.exec(value)?.[1];
    if (target === undefined || own(draft.services, target)?.build !== undefined) continue;
    const here = [...path, "additional_contexts", context];
    error(here, {
      code: "undefined-reference",
      message: `services.${name}.build takes "${shown(here, target)}", which is not a service that is built`,
      from: declaredAt("services", target),
    });
  }
  const { platform } = service;
  if (platform !== undefined && build.platforms !== undefined && !build.platforms.includes(platform)) {
    error([...path, "platforms"], {
      code: "conflict",
      message: `services.${name}.build.platforms lacks the platform of the service, "${shown(["services", name, "platform"], platform)}"`,
      from: [
        ["services", name, "platform"],
        [...path, "platforms"],
      ],
    });
  }
  build.secrets?.forEach(({ source = "" }, index) => {
    if (own(draft.secrets, source) !== undefined) return;
    const here = [...path, "secrets", index];
    const text = shown([...here, "source"], source);
    error(here, {
      code: "undefined-reference",
      message:
        source === ""
          ? `services.${name}.build.secrets[${index}] needs "source", a name that is declared under secrets`
          : `services.${name}.build uses "${text}", which is not declared under secrets`,
      from: [...declaredAt("secrets", source), here],
    });
  });
}
