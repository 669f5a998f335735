'use strict';
// The gateway that people would otherwise write, in Node: GetKey over gRPC (grpc-js), one datagram to a raidax key server.
//
// usage: NODE_PATH=tests/polyglot/node/node_modules node get_key.js PROTOS_FOLDER COIN_FILE RAIDA_HOST:PORT
//
// It does what a caller of GetKey needs, and nothing else: docs/WIRE.md sections 2 to 4 and 6, AES-128-CTR under a coin, the CRC of
// the challenge, responses that are matched by echo and checked by signature, and retransmission. Prints 'listening HOST:PORT'.
const crypto = require('node:crypto');
const dgram = require('node:dgram');
const fs = require('node:fs');
const zlib = require('node:zlib');
const grpc = require('@grpc/grpc-js');
const protoLoader = require('@grpc/proto-loader');

const [protos, coinFile, keyServer] = process.argv.slice(2);
const raida = 14;
const network = 6;
const trailer = Buffer.from('3e3e', 'hex');
const presentation = Buffer.from('0000000000000101', 'hex');
const success = 250;
const noSuchKey = 194;
const firstWait = 300; // milliseconds
const longestWait = 500;
const deadline = 5000;

// The denomination and serial number of the first coin of a key file of format 9, and its number for the server.
function readCoin(path) {
  const data = fs.readFileSync(path);
  if (data[0] !== 9) {
    throw new Error(`${path} is not a key file of format 9`);
  }
  const numbers = data.subarray(32 + 7);
  return { id: data.subarray(34, 39), number: numbers.subarray(16 * raida, 16 * raida + 16) };
}

// zlib.crc32 is new in Node 22.2; a table works in all versions.
const crcTable = new Int32Array(256).map((_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) {
    value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  }
  return value;
});
const crc32 = zlib.crc32 ?? ((bytes) => {
  let crc = -1;
  for (const byte of bytes) {
    crc = crcTable[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  }
  return (crc ^ -1) >>> 0;
});

const coin = readCoin(coinFile);
const socket = dgram.createSocket('udp4');
const waiting = new Map(); // by echo
let nonceNumber = crypto.randomBytes(8).readBigUInt64BE();

function crypt(nonce, data) {
  return crypto.createCipheriv('aes-128-ctr', coin.number, Buffer.concat([nonce, Buffer.alloc(8)])).update(data);
}

socket.on('message', (data) => {
  const exchange = data.length >= 32 ? waiting.get(data.readUInt16BE(6)) : undefined;
  if (!exchange) {
    return;
  }
  const size = data.readUIntBE(9, 3);
  if (data[0] === raida && data[3] === 4 && size === data.length - 32
      && (size === 0 || data.subarray(-2).equals(trailer))
      && crypto.timingSafeEqual(data.subarray(16, 32), exchange.signature)) {
    exchange.end(null, data);
  }
});
socket.on('error', () => {}); // The request is sent again.

function get(hash, done) {
  let echo;
  do {
    nonceNumber = BigInt.asUintN(64, nonceNumber + 1n);
    echo = Number(nonceNumber & 0xffffn);
  } while (waiting.has(echo));
  const nonce = Buffer.alloc(8);
  nonce.writeBigUInt64BE(nonceNumber);
  const challenge = Buffer.alloc(16);
  crypto.randomFillSync(challenge, 0, 12);
  challenge.writeUInt32BE(crc32(challenge.subarray(0, 12)), 12);
  const signature = Buffer.from(challenge.map((byte, index) => byte ^ coin.number[index]));
  const plain = Buffer.concat([challenge, hash, Buffer.alloc(21)]);
  const header = Buffer.alloc(32);
  header.set([1, 0, raida, 0, 4, 43, network >> 8, network & 0xff]);
  header.set(presentation, 8);
  header[16] = 1;
  header.set(coin.id, 17);
  header.writeUInt16BE(plain.length + trailer.length, 22);
  header.set(nonce, 24);
  const request = Buffer.concat([header, crypt(nonce, plain), trailer]);

  const end = Date.now() + deadline;
  let wait = firstWait;
  let timer;
  const exchange = {
    signature,
    end(error, response) {
      clearTimeout(timer);
      waiting.delete(echo);
      if (error) {
        done(error);
        return;
      }
      const body = response.length > 34 ? crypt(nonce, response.subarray(32, -2)) : Buffer.alloc(0);
      done(null, response[2], response.readUInt32BE(12), body);
    },
  };
  waiting.set(echo, exchange);
  (function send() {
    if (Date.now() >= end) {
      exchange.end(new Error('the key server did not answer'));
      return;
    }
    socket.send(request);
    timer = setTimeout(send, wait);
    wait = Math.min(2 * wait, longestWait);
  })();
}

const definition = protoLoader.loadSync('rke/v1/rke.proto', { includeDirs: [protos], keepCase: true, defaults: true });
const { RkeService } = grpc.loadPackageDefinition(definition).rke.v1;
const server = new grpc.Server();
server.addService(RkeService.service, {
  GetKey({ request }, callback) {
    if (request.raida_id !== raida || request.key_id_hash?.length !== 16) {
      callback({ code: grpc.status.INVALID_ARGUMENT, details: 'raida_id and key_id_hash' });
      return;
    }
    get(request.key_id_hash, (error, status, microseconds, body) => {
      if (error) {
        callback({ code: grpc.status.UNAVAILABLE, details: error.message });
      } else if (status === noSuchKey) {
        callback({ code: grpc.status.NOT_FOUND, details: 'no such key' });
      } else if (status !== success || body.length < 6) {
        callback({ code: grpc.status.INTERNAL, details: `status ${status}` });
      } else {
        callback(null, {
          key_part: body.subarray(5),
          raida_id: raida,
          sender: { denomination: body.readInt8(0), serial_number: body.readUInt32BE(1) },
          execution_time: { seconds: 0, nanos: microseconds * 1000 },
        });
      }
    });
  },
});

const [host, port] = keyServer.split(':');
socket.connect(Number(port), host, () => {
  server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) => {
    if (error) {
      throw error;
    }
    console.log(`listening 127.0.0.1:${bound}`);
  });
});
