// Seals and opens messages with AES-256-GCM under the key of one direction. This file is also valid TypeScript.
//
//     node channel.js seal KEY_FILE NUMBER < message > sealed
//     node channel.js open KEY_FILE NUMBER < sealed > message
//
// KEY_FILE has the key in 64 hexadecimal digits. NUMBER is the number of the message: 0, 1, 2 and so on. It is the nonce, so no number may
// be used twice with one key. The receiver accepts each number once, in order.
const { createCipheriv, createDecipheriv } = require('node:crypto');
const { readFileSync } = require('node:fs');

const tagLength = 16;
const maxMessages = 2 ** 32;

const [action, keyFile, text] = process.argv.slice(2);
const number = Number(text);
if (!Number.isInteger(number) || number < 0 || number >= maxMessages) {
  throw new RangeError('use a new key after 2^32 messages');
}

const nonce = Buffer.alloc(12);
nonce.writeUInt32BE(number, 8);
const key = Buffer.from(readFileSync(keyFile, 'ascii').trim(), 'hex');
const data = readFileSync(0);
if (action === 'seal') {
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  process.stdout.write(Buffer.concat([cipher.update(data), cipher.final(), cipher.getAuthTag()]));
} else {
  const decipher = createDecipheriv('aes-256-gcm', key, nonce);
  decipher.setAuthTag(data.subarray(data.length - tagLength));
  try {
    process.stdout.write(Buffer.concat([decipher.update(data.subarray(0, data.length - tagLength)), decipher.final()]));
  } catch {
    console.error('the message was changed, or the key or the number is wrong');
    process.exitCode = 1;
  }
}
