import type { Clock } from "../../modules/base/clock.ts";
import { messageOf, StackhouseError } from "../../modules/base/errors.ts";
import { planApply } from "../../modules/plan/apply.ts";
import { withFingerprintsOfToday } from "../../modules/plan/older-fingerprints.ts";
import { planRemove } from "../../modules/plan/remove.ts";
import type { DesiredState, Plan, PlanPolicy } from "../../modules/plan/types.ts";
import type { ApplyRequest, RemoveRequest } from "../../modules/protocol/api.ts";
import type { AppStatus, DesiredApp } from "../../modules/protocol/app.ts";
import { type FingerprintRules, fingerprintsOf, olderRules } from "../../modules/stackfile/fingerprint.ts";
import type { Desired } from "../execute/context.ts";
import type { EventHub } from "../execute/event-hub.ts";
import type { Logger } from "../logging/logger.ts";
import { randomUuid } from "../random.ts";
import { contentDigests, newReleaseId, releaseDigest, type Release } from "../releases/release.ts";
import type { Runtime } from "../runtime/port.ts";
import type { ReleaseStore } from "../store/releases.ts";
import { possiblePlan } from "./possible.ts";
import { converge, imagesOf, type ConvergeWork, type Target } from "./converge.ts";
import { AgentStopping, type RunJob } from "./jobs.ts";
import { appStatus } from "./status.ts";

/** What can be asked about apps and done to them. */
export interface Apps {
  /** Names of all apps that have something here. */
  list(signal: AbortSignal): Promise<string[]>;
  /** Throws `app.not-found` where neither containers nor networks nor a release are there. */
  status(app: string, signal: AbortSignal): Promise<AppStatus>;
  plan(desired: DesiredApp, signal: AbortSignal): Promise<Plan>;
  readonly run: RunJob;
}

const readLimitMs = 30_000;

export function createApps(ports: {
  readonly runtime: Runtime;
  readonly releases: ReleaseStore;
  readonly events: EventHub;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Rules that fingerprints on the host may still be of. Default: those of all earlier versions. */
  readonly olderRules?: readonly FingerprintRules[];
}): Apps {
  const { runtime, releases, clock, logger, olderRules: rules = olderRules } = ports;

  /** The runtime as it shows an app that was meant to be `previous`: its fingerprints are of today's rules. */
  const showing = (previous: DesiredState | undefined): Runtime => ({
    ...runtime,
    observe: async (...asked) => withFingerprintsOfToday(await runtime.observe(...asked), previous, rules),
  });

  const apply = async (app: string, request: ApplyRequest, work: ConvergeWork): Promise<AppStatus> => {
    const { model } = request.desired;
    const desired = resolveDesired(request.desired);
    const policy = await policyFor(app);
    const release = await releaseFor(app, request);
    const isNew = release.outcome === "pending";
    if (isNew) await releases.begin(release);
    try {
      const plan: Target["plan"] = (found, call) =>
        possiblePlan(runtime, planApply(desired, found, policy), model, call);
      const target = { app, desired, release: release.id, plan };
      const observed = await converge(target, work, { ...ports, runtime: showing(policy.previous) });
      const finished =
        isNew || sameDigests(release.imageDigests, observed.images) ? release : await renewed(release, request);
      if (finished !== release || isNew) await releases.finish(finished, "succeeded", observed.images);
      return appStatus(app, observed, { release: finished.id, model, isChanging: false });
    } catch (error) {
      if (isNew && !(work.signal.reason instanceof AgentStopping)) {
        const cancelled = work.signal.reason instanceof StackhouseError && work.signal.reason.code === "cancelled";
        try {
          await releases.finish(release, cancelled ? "cancelled" : "failed", {});
        } catch (unwritten) {
          // Why the job failed matters more: left as pending, the release is not taken for the one that runs either.
          logger.error({ release: release.id, error: messageOf(unwritten) }, "the end of a release cannot be written");
        }
      }
      throw error;
    }
  };

  /** What the app was meant to be until now, so that reasons can say what changed. */
  const policyFor = async (app: string): Promise<PlanPolicy> => {
    const before = (await releases.current(app)) ?? (await releases.latest(app));
    if (before === undefined) return {};
    return { previous: { model: before.model, contentDigests: contentDigests(before.contents) } };
  };

  /** The release that already runs, where it is the same; the one that an interrupted job began; else a new one. */
  const releaseFor = async (app: string, { desired, jobId, requestedBy }: ApplyRequest): Promise<Release> => {
    const digest = releaseDigest(desired);
    const latest = await releases.latest(app);
    if (latest?.digest === digest && (latest.outcome === "succeeded" || latest.jobId === jobId)) {
      return latest.outcome === "succeeded" ? latest : { ...latest, outcome: "pending" };
    }
    const { model, contents } = desired;
    const outcome = "pending";
    const id = newReleaseId(clock.now(), await randomUuid());
    return { id, app, digest, createdAt: now(), requestedBy, jobId, model, contents, imageDigests: {}, outcome };
  };
  /** The same model with other images is another release. */
  const renewed = async (release: Release, { jobId, requestedBy }: ApplyRequest): Promise<Release> => ({
    ...release,
    id: newReleaseId(clock.now(), await randomUuid()),
    createdAt: now(),
    jobId,
    requestedBy,
  });
  const now = (): string => new Date(clock.now()).toISOString();

  const remove = async (app: string, request: RemoveRequest, work: ConvergeWork): Promise<AppStatus> => {
    const observed = await converge(
      {
        app,
        desired: undefined,
        release: "",
        plan: (found) => planRemove(app, found, request.deleteVolumes),
      },
      work,
      ports,
    );
    await runtime.sweep(app, { signal: work.signal, deadlineMs: readLimitMs });
    await releases.forget(app);
    return appStatus(app, observed, { release: undefined, model: undefined, isChanging: false });
  };

  return {
    async list(signal) {
      const observed = await runtime.apps({ signal, deadlineMs: readLimitMs });
      return [...new Set([...observed, ...releases.apps()])].sort();
    },
    async status(app, signal) {
      const { previous } = await policyFor(app);
      const observed = await showing(previous).observe(app, [], { signal, deadlineMs: readLimitMs });
      const [current, latest] = await Promise.all([releases.current(app), releases.latest(app)]);
      if (observed.containers.length + observed.networks.length === 0 && latest === undefined) {
        throw new StackhouseError("app.not-found", `there is no app ${app} on this host`);
      }
      const isChanging = latest?.outcome === "pending";
      return appStatus(app, observed, { release: current?.id, model: latest?.model, isChanging });
    },
    async plan(wanted, signal) {
      const { name } = wanted.model;
      const desired = resolveDesired(wanted);
      const policy = await policyFor(name);
      const calls = { signal, deadlineMs: readLimitMs };
      const observed = await showing(policy.previous).observe(name, imagesOf(desired), calls);
      return possiblePlan(runtime, planApply(desired, observed, policy), wanted.model, calls);
    },
    run: ({ job, request, ...work }) =>
      request.kind === "apply" ? apply(job.app, request.request, work) : remove(job.app, request.request, work),
  };
}

function resolveDesired(desired: DesiredApp): Desired {
  const digests = contentDigests(desired.contents);
  return { ...desired, contentDigests: digests, fingerprints: fingerprintsOf(desired.model, digests) };
}

function sameDigests(one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean {
  return Object.entries(other).every(([image, digest]) => one[image] === digest);
}
