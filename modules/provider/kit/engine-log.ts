import { credentials, Metadata } from "@grpc/grpc-js";
import engine from "@pulumi/pulumi/proto/engine_pb.js";
import engineRpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import type { Progress } from "../../base/progress.ts";
import { channelOptions } from "./channel.ts";

/** Status texts come a hundred times a minute; the engine gets the newest one this often. */
const statusIntervalMs = 250;

const severities = { status: engine.LogSeverity.INFO, info: engine.LogSeverity.INFO, warn: engine.LogSeverity.WARNING };

/** An engine that does not take a message by then does without it. */
const deliveryMs = 10_000;

/** The progress of one call, shown on the resource's row. */
export interface RowLog extends Progress {
  /** Resolves when everything said so far has reached the engine: a reply must not overtake its messages. */
  settled(): Promise<void>;
}

/** The engine's log: a provider's own stdout and stderr are not shown to anyone. */
export class EngineLog {
  #client: engineRpc.EngineClient | undefined;
  #address = "";

  /** Called again by each engine that attaches. */
  connect(address: string): void {
    if (address === "" || address === this.#address) return;
    this.close();
    this.#address = address;
    this.#client = new engineRpc.EngineClient(address, credentials.createInsecure(), channelOptions);
  }

  close(): void {
    this.#client?.close();
    this.#client = undefined;
    this.#address = "";
  }

  row(urn: string): RowLog {
    const sending = new Set<Promise<void>>();
    const send = (kind: keyof typeof severities, text: string): void => {
      const sent = this.#send(urn, kind, text).finally(() => sending.delete(sent));
      sending.add(sent);
    };
    const status = throttled(statusIntervalMs, (text) => {
      send("status", text);
    });
    return {
      status: status.offer,
      info: (text) => {
        send("info", text);
      },
      warn: (text) => {
        send("warn", text);
      },
      settled: async () => {
        status.stop();
        await Promise.all(sending);
      },
    };
  }

  /** Never fails: an engine that is gone needs no messages. */
  async #send(urn: string, kind: keyof typeof severities, text: string): Promise<void> {
    const client = this.#client;
    if (client === undefined) return;
    const request = new engine.LogRequest();
    request.setSeverity(severities[kind]);
    request.setMessage(text);
    request.setUrn(urn);
    request.setEphemeral(kind === "status");
    await new Promise<void>((resolve) => {
      client.log(request, new Metadata(), { deadline: Date.now() + deliveryMs }, () => {
        resolve();
      });
    });
  }
}

/** Passes the first text at once and the newest one after each interval; repeats are dropped. */
function throttled(
  intervalMs: number,
  emit: (text: string) => void,
): { offer: (text: string) => void; stop: () => void } {
  let last: string | undefined;
  let waiting: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  const pass = (text: string): void => {
    last = text;
    emit(text);
    timer = setTimeout(() => {
      timer = undefined;
      const next = waiting;
      waiting = undefined;
      if (next !== undefined && next !== last) pass(next);
    }, intervalMs);
  };
  return {
    offer: (text) => {
      if (timer !== undefined) waiting = text;
      else if (text !== last) pass(text);
    },
    stop: () => {
      clearTimeout(timer);
      timer = undefined;
      waiting = undefined;
    },
  };
}
