'use strict';
// Reads [{ name, yaml, external }] on standard input and writes [{ name, objects, problems }]: the objects of each
// rendering, and what Kubernetes' API description, the Pod Security Standard and the objects themselves say against them.
const fs = require('fs');
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

process.stdout.write(JSON.stringify(JSON.parse(fs.readFileSync(0, 'utf8')).map(check)));
