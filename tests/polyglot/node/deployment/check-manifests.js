'use strict';
// Reads a line [{ name, yaml, external }] on standard input and writes a line [{ name, objects, problems }], until the input ends: the
// objects of each rendering, and their problems according to the API description of Kubernetes, the Pod Security Standard and each other.
const readline = require('readline');
const yaml = require('js-yaml');
const schemas = require('./schemas');
const { restricted } = require('./pod-security');
const { between, podOf } = require('./references');

const validate = schemas.load();

function check({ name, yaml: text, external = [] }) {
  let objects;
  try {
    objects = yaml.loadAll(text).filter((object) => object !== null && object !== undefined);
  } catch (error) {
    return { name, objects: [], problems: [`not YAML: ${error.message}`] };
  }

  // Kubernetes reads YAML 1.1, where these are booleans and octal numbers; here they would be texts and decimals.
  const problems = (text.match(/^.*: (yes|no|on|off|y|n|0[0-9]+)( +#.*)?$/gim) ?? []).map((line) => `ambiguous: ${line.trim()}`);
  for (const object of objects) {
    const title = `${object.kind}/${object.metadata?.name}`;
    problems.push(...validate(object).map((text) => `${title}: ${text}`));
    const spec = podOf(object)?.spec;
    if (spec?.containers) problems.push(...[...restricted(spec)].map((text) => `${title}: ${text}`));
  }

  if (problems.length === 0) problems.push(...between(objects, external));
  return { name, objects, problems };
}

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  process.stdout.write(`${JSON.stringify(JSON.parse(line).map(check))}\n`);
});
