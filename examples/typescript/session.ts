// Initiates a session through an RKE gateway, and receives it: session.ts GATEWAY RECEIVER
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { Code, ConnectError, createClient, type Client, type Interceptor } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { BadRequestSchema, ErrorInfoSchema } from "./gen/google/rpc/error_details_pb.js";
import { RkeSessionService, Session_State, type ClaimSessionResponse } from "./gen/rke/v1/session_pb.js";

interface RetryPolicy {
  maxAttempts: number;
  initialBackoff: string;
  maxBackoff: string;
  backoffMultiplier: number;
  retryableStatusCodes: string[];
}

interface ServiceConfig {
  methodConfig: { name: { service: string; method?: string }[]; retryPolicy?: RetryPolicy }[];
}

// connect-node does not read a service config, so this interceptor does.
function retry(config: ServiceConfig): Interceptor {
  return (next) => async (request) => {
    const policy = config.methodConfig.find((entry) => entry.name.some((name) =>
      name.service === request.service.typeName && (name.method ?? request.method.name) === request.method.name))?.retryPolicy;
    let backoff = policy ? parseFloat(policy.initialBackoff) : 0;
    for (let attempt = 1; ; attempt++) {
      try {
        return await next(request);
      } catch (error) {
        const code = Code[ConnectError.from(error).code].replace(/(?<=[a-z])[A-Z]/g, "_$&").toUpperCase();
        if (request.stream || !policy?.retryableStatusCodes.includes(code) || attempt >= policy.maxAttempts) {
          throw error;
        }

        await setTimeout(1000 * backoff * Math.random(), undefined, { signal: request.signal });
        backoff = Math.min(backoff * policy.backoffMultiplier, parseFloat(policy.maxBackoff));
      }
    }
  };
}

// The reason of an error, and its invalid fields.
function describe(error: ConnectError): string {
  const reasons = error.findDetails(ErrorInfoSchema).map((info) => info.reason);
  const fields = error.findDetails(BadRequestSchema).flatMap((bad) => bad.fieldViolations.map((violation) => violation.field));
  return [...reasons, ...fields].join(" ") || Code[error.code];
}

// Waits for the session. A receiver in another process would take any session of its peer.
async function receive(sessions: Client<typeof RkeSessionService>, sessionId: Uint8Array): Promise<ClaimSessionResponse> {
  for await (const event of sessions.watchSessions({ consumer: "example" }, { timeoutMs: 30_000 })) {
    if (event.session && hex(event.session.sessionId) === hex(sessionId)) {
      // With the same key, the call can be repeated if its response is lost.
      const idempotencyKey = randomUUID();
      const claimed = await sessions.claimSession({ sessionId, idempotencyKey }, { timeoutMs: 5000 });
      await sessions.acknowledgeSession({ sessionId, idempotencyKey }, { timeoutMs: 5000 });
      return claimed;
    }
  }

  throw new Error("the gateway ended the stream");
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

const [gateway, receiver] = process.argv.slice(2);
const [host, port] = receiver.split(":");
const config: ServiceConfig = JSON.parse(readFileSync("protos/service-config.json", "utf8"));
const sessions = createClient(
  RkeSessionService, createGrpcTransport({ baseUrl: `http://${gateway}`, interceptors: [retry(config)] }));
const request = {
  target: { case: "endpoint" as const, value: { host, port: Number(port) } }, keySize: 7, idempotencyKey: randomUUID(),
};
try {
  await sessions.initiateSession(request, { timeoutMs: 5000 });
} catch (error) {
  console.log("refused:", describe(ConnectError.from(error)));
}

const made = await sessions.initiateSession({ ...request, keySize: 32 }, { timeoutMs: 30_000 });
console.log("initiated:", hex(made.sessionId));
const claimed = await receive(sessions, made.sessionId);
console.log("received:", hex(claimed.session!.sessionId));
console.log("the keys are equal:", hex(claimed.derivedKey) === hex(made.derivedKey));

// The service config repeats this call if the gateway is unavailable.
const found = await sessions.getSession({ sessionId: made.sessionId }, { timeoutMs: 5000 });
console.log("state:", `STATE_${Session_State[found.session!.state]}`);
process.exit();
