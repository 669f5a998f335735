'use strict';
// Calls Health/Check without a pause, with a service config: retry_client.js TARGET CONFIG SECONDS. Prints {"ok": n, "failed": {message: n}}.
const fs = require('fs');
const grpc = require('@grpc/grpc-js');

const [target, config, seconds] = process.argv.slice(2);
const CALLERS = 8;
const client = new grpc.Client(target, grpc.credentials.createInsecure(), {
  'grpc.service_config': fs.readFileSync(config, 'utf8'),
});
const call = () => new Promise((resolve, reject) => {
  client.makeUnaryRequest('/grpc.health.v1.Health/Check', (bytes) => bytes, (bytes) => bytes, Buffer.alloc(0),
    (error, response) => (error ? reject(error) : resolve(response)));
});

(async () => {
  const end = Date.now() + 1000 * Number(seconds);
  const result = { ok: 0, failed: {} };
  await Promise.all(Array.from({ length: CALLERS }, async () => {
    while (Date.now() < end) {
      try {
        await call();
        result.ok++;
      } catch (error) {
        result.failed[error.message] = (result.failed[error.message] ?? 0) + 1;
      }
    }
  }));
  console.log(JSON.stringify(result));
  client.close();
})();
