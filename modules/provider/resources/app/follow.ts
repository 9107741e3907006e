import type { Progress } from "../../../base/progress.ts";
import type { Step } from "../../../plan/types.ts";
import type { JobEvent } from "../../../protocol/jobs.ts";

/** Shows a job's events as the row's status: `step 3 of 12: start shop-web-1 (pulling 40 %)`. */
export function followJob(progress: Progress): (event: JobEvent) => void {
  let steps = new Map<string, Step>();
  let finished = 0;
  const show = (id: string, detail = ""): void => {
    const step = steps.get(id);
    const what = step === undefined ? id : describeStep(step);
    progress.status(`step ${Math.min(finished + 1, steps.size)} of ${steps.size}: ${what}${detail}`);
  };
  return (event) => {
    switch (event.type) {
      case "waiting":
        progress.status(event.text);
        break;
      case "planned":
        steps = new Map(event.plan.steps.map((step) => [step.id, step]));
        finished = 0;
        break;
      case "step-started":
        show(event.step);
        break;
      case "step-progress":
        show(event.step, ` (${event.text})`);
        break;
      case "step-done":
        finished += 1;
        break;
      case "step-failed":
      case "succeeded":
      case "failed":
      case "cancelled":
        break; // The end of the job is the call's own result.
    }
  };
}

function describeStep(step: Step): string {
  switch (step.kind) {
    case "ensure-image":
      return `image ${step.image}`;
    case "await-service":
      return `wait until ${step.service} is ${step.condition}`;
    case "create-network":
    case "remove-network":
    case "create-volume":
    case "remove-volume":
    case "create-container":
    case "start-container":
    case "stop-container":
    case "remove-container":
      return `${step.kind.replace("-", " ")} ${step.name}`;
  }
}
