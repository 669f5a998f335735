'use strict';
// Runs the standard gRPC interoperability cases with the official Node client.
//
// usage: node interop_client.js HOST:PORT PROTOS_FOLDER RUN
//
// Prints one line of JSON a case: {"case": ..., "ok": ..., "detail": ...}. Calls that are cancelled carry x-call-id
// RUN/CASE, by which the server's side can be asked how they ended.
const assert = require('node:assert/strict');
const grpc = require('@grpc/grpc-js');
const protoLoader = require('@grpc/proto-loader');

const [target, protos, run] = process.argv.slice(2);
const definition = protoLoader.loadSync('src/proto/grpc/testing/test.proto', {
  includeDirs: [protos], keepCase: true, defaults: true,
});
const { TestService, UnimplementedService } = grpc.loadPackageDefinition(definition).grpc.testing;

const insecure = grpc.credentials.createInsecure();
const options = { 'grpc.enable_http_proxy': 0 };
const client = new TestService(target, insecure, options);
const patience = 30_000; // milliseconds; no case takes nearly as long, but none may hang
const sleepUs = 60_000_000;
const echoInitial = 'x-grpc-test-echo-initial';
const echoTrailing = 'x-grpc-test-echo-trailing-bin';
const requestSizes = [27182, 8, 1828, 45904];
const responseSizes = [31415, 9, 2653, 58979];
const specialMessage = '\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \u{1f608}\t\n';

const soon = () => ({ deadline: Date.now() + patience });
const payload = (size) => ({ body: Buffer.alloc(size) });
const simpleRequest = (more) => ({ response_size: 314159, payload: payload(271828), ...more });
const outputRequest = (responseSize, requestSize) =>
  ({ response_parameters: [{ size: responseSize }], payload: payload(requestSize) });
function cancelledMetadata(name) {
  const metadata = new grpc.Metadata();
  metadata.set(echoInitial, 'test_initial_metadata_value');
  metadata.set('x-call-id', `${run}/${name}`);
  return metadata;
}
const checkLarge = (response) => assert.ok(response.payload.body.equals(Buffer.alloc(314159)), 'payload');

// A unary call's answer, initial metadata and status; an error is an answer too.
function unary(method, request, metadata = new grpc.Metadata(), on = client) {
  return new Promise((resolve) => {
    const seen = {};
    const call = on[method](request, metadata, soon(), (error, response) => Object.assign(seen, { error, response }));
    call.on('metadata', (initial) => { seen.initial = initial; });
    call.on('status', (status) => setImmediate(() => resolve({ ...seen, status })));
  });
}

// Everything that a call with streamed answers gives, until its status.
function stream(call, onData = () => {}) {
  return new Promise((resolve) => {
    const seen = { responses: [] };
    call.on('metadata', (initial) => { seen.initial = initial; });
    call.on('data', (response) => { seen.responses.push(response); onData(response, seen.responses.length); });
    call.on('error', (error) => { seen.error = error; });
    call.on('status', (status) => setImmediate(() => resolve({ ...seen, status })));
  });
}

const succeeded = ({ status }) => assert.equal(status.code, grpc.status.OK, `${status.code} ${status.details}`);

function failed({ status }, code, details) {
  assert.equal(status.code, code, `${status.code} ${status.details}`);
  if (details !== undefined) {
    assert.equal(status.details, details);
  }
}

function checkMetadata(seen) {
  assert.deepEqual(seen.initial.get(echoInitial), ['test_initial_metadata_value']);
  assert.deepEqual(seen.status.metadata.get(echoTrailing), [Buffer.from([0xab, 0xab, 0xab])]);
}

const cases = {
  async empty_unary() {
    const seen = await unary('EmptyCall', {});
    succeeded(seen);
    assert.deepEqual(Object.keys(seen.response), []);
  },

  async large_unary() {
    const seen = await unary('UnaryCall', simpleRequest());
    succeeded(seen);
    checkLarge(seen.response);
  },

  async client_compressed_unary() {
    const gzip = new TestService(target, insecure, {
      ...options, 'grpc.default_compression_algorithm': grpc.compressionAlgorithms.gzip,
    });
    const expectIt = simpleRequest({ expect_compressed: { value: true } });
    failed(await unary('UnaryCall', expectIt), grpc.status.INVALID_ARGUMENT);
    const seen = await unary('UnaryCall', expectIt, undefined, gzip);
    succeeded(seen);
    checkLarge(seen.response);
    const plain = await unary('UnaryCall', simpleRequest({ expect_compressed: { value: false } }));
    succeeded(plain);
    checkLarge(plain.response);
    gzip.close();
  },

  async server_compressed_unary() {
    for (const value of [true, false]) {
      const seen = await unary('UnaryCall', simpleRequest({ response_compressed: { value } }));
      succeeded(seen);
      checkLarge(seen.response);
    }
  },

  async client_streaming() {
    const response = await new Promise((resolve, reject) => {
      const call = client.StreamingInputCall(soon(), (error, answer) => (error ? reject(error) : resolve(answer)));
      for (const size of requestSizes) {
        call.write({ payload: payload(size) });
      }
      call.end();
    });
    assert.equal(response.aggregated_payload_size, 74922);
  },

  async server_streaming() {
    const request = { response_parameters: responseSizes.map((size) => ({ size })) };
    const seen = await stream(client.StreamingOutputCall(request, soon()));
    succeeded(seen);
    assert.deepEqual(seen.responses.map((response) => response.payload.body.length), responseSizes);
  },

  async ping_pong() {
    const call = client.FullDuplexCall(soon());
    const ping = (index) => call.write(outputRequest(responseSizes[index], requestSizes[index]));
    const ended = stream(call, (_, count) => (count < responseSizes.length ? ping(count) : call.end()));
    ping(0);
    const seen = await ended;
    succeeded(seen);
    assert.deepEqual(seen.responses.map((response) => response.payload.body.length), responseSizes);
  },

  async empty_stream() {
    const call = client.FullDuplexCall(soon());
    const ended = stream(call);
    call.end();
    const seen = await ended;
    succeeded(seen);
    assert.equal(seen.responses.length, 0);
  },

  async custom_metadata() {
    const metadata = new grpc.Metadata();
    metadata.set(echoInitial, 'test_initial_metadata_value');
    metadata.set(echoTrailing, Buffer.from([0xab, 0xab, 0xab]));
    const simple = await unary('UnaryCall', simpleRequest(), metadata);
    succeeded(simple);
    checkMetadata(simple);
    const call = client.FullDuplexCall(metadata, soon());
    const ended = stream(call);
    call.write(outputRequest(314159, 271828));
    call.end();
    const duplex = await ended;
    succeeded(duplex);
    checkMetadata(duplex);
  },

  async status_code_and_message() {
    const status = { code: 2, message: 'test status message' };
    failed(await unary('UnaryCall', { response_status: status }), grpc.status.UNKNOWN, status.message);
    const call = client.FullDuplexCall(soon());
    const ended = stream(call);
    call.write({ response_status: status });
    call.end();
    failed(await ended, grpc.status.UNKNOWN, status.message);
  },

  async special_status_message() {
    const status = { code: 2, message: specialMessage };
    failed(await unary('UnaryCall', { response_status: status }), grpc.status.UNKNOWN, specialMessage);
  },

  async unimplemented_method() {
    failed(await unary('UnimplementedCall', {}), grpc.status.UNIMPLEMENTED);
  },

  async unimplemented_service() {
    const other = new UnimplementedService(target, insecure, options);
    failed(await unary('UnimplementedCall', {}, undefined, other), grpc.status.UNIMPLEMENTED);
    other.close();
  },

  async cancel_after_begin() {
    const error = await new Promise((resolve) => {
      const metadata = cancelledMetadata('cancel_after_begin');
      const call = client.StreamingInputCall(metadata, soon(), (problem) => resolve(problem));
      call.on('metadata', () => call.cancel()); // the server has begun
    });
    assert.equal(error?.code, grpc.status.CANCELLED);
  },

  async cancel_after_first_response() {
    const call = client.FullDuplexCall(cancelledMetadata('cancel_after_first_response'), soon());
    const ended = stream(call, () => call.cancel());
    call.write(outputRequest(responseSizes[0], requestSizes[0]));
    const seen = await ended;
    failed(seen, grpc.status.CANCELLED);
    assert.equal(seen.responses.length, 1);
  },

  // Not one of the standard cases: the request has ended, so the server learns of the cancellation as such.
  async cancel_sleeping_server() {
    const request = { response_parameters: [{ size: 1 }, { size: 1, interval_us: sleepUs }] };
    const call = client.StreamingOutputCall(request, cancelledMetadata('cancel_sleeping_server'), soon());
    const seen = await stream(call, () => call.cancel());
    failed(seen, grpc.status.CANCELLED);
    assert.equal(seen.responses.length, 1);
  },

  async timeout_on_sleeping_server() {
    const call = client.FullDuplexCall({ deadline: Date.now() + 1 });
    const ended = stream(call);
    call.write({ payload: payload(27182) });
    failed(await ended, grpc.status.DEADLINE_EXCEEDED);
  },
};

async function main() {
  for (const [name, runCase] of Object.entries(cases)) {
    let ok = true;
    let detail = '';
    try {
      await runCase();
    } catch (error) {
      ok = false;
      detail = error.stack;
    }
    console.log(JSON.stringify({ case: name, ok, detail }));
  }
  client.close();
}

main();
