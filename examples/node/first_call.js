const crypto = require("node:crypto");
const { promisify } = require("node:util");
const grpc = require("@grpc/grpc-js");
const loader = require("@grpc/proto-loader");

const definition = loader.loadSync("rke/v1/rke.proto", { includeDirs: ["protos"], keepCase: true });
const { RkeService } = grpc.loadPackageDefinition(definition).rke.v1;

async function main() {
  const rke = new RkeService(process.argv[2] ?? "127.0.0.1:5001", grpc.credentials.createInsecure());
  const postKey = promisify(rke.PostKey.bind(rke));
  const getKey = promisify(rke.GetKey.bind(rke));
  const part = crypto.randomBytes(16);

  const posted = await postKey({ raida_id: 14, key_part: part });
  const got = await getKey({ raida_id: 14, key_id_hash: posted.key_id_hash });

  const same = got.key_part.equals(part);
  console.log(`posted to ${posted.server.host}:${posted.server.port}, got the same back: ${same}`);
  rke.close();
}

main();
