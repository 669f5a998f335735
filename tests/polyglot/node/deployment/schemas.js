'use strict';
// Kubernetes' own description of its API, made strict: what it does not name is not allowed.
const fs = require('fs');
const path = require('path');
const zlib = require('zlib');
const Ajv = require('ajv');

const folder = path.join(__dirname, '../../../deployment/schemas');

// The description says "string" of these, and the API server takes more or less than that.
const special = {
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { anyOf: [{ type: 'integer' }, { type: 'string' }] },
  'io.k8s.apimachinery.pkg.api.resource.Quantity': {
    anyOf: [
      { type: 'number' },
      { type: 'string', pattern: '^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?[0-9]+)?$' },
    ],
  },
};

function makeStrict(definitions) {
  for (const [name, schema] of Object.entries(definitions)) {
    if (special[name]) {
      definitions[name] = special[name];
    } else if (schema.properties && schema.additionalProperties === undefined) {
      schema.additionalProperties = false;
    }
  }
}

const inRange = (low, high) => ({ type: 'number', validate: (value) => Number.isInteger(value) && value >= low && value <= high });
const formats = {
  int32: inRange(-(2 ** 31), 2 ** 31 - 1),
  int64: inRange(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  double: { type: 'number', validate: () => true },
  byte: /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
  'int-or-string': true,
};

/** Gives a function of an object that lists what is wrong with it. */
function load() {
  const { definitions } = JSON.parse(zlib.gunzipSync(
    fs.readFileSync(path.join(folder, 'kubernetes-1.36.2.openapi.json.gz'))));
  const custom = JSON.parse(fs.readFileSync(path.join(folder, 'custom.json')));
  const references = new Map();
  makeStrict(definitions);
  for (const [name, schema] of Object.entries(definitions)) {
    const kinds = schema['x-kubernetes-group-version-kind'] ?? [];
    if (kinds.length === 1) {
      const { group, version, kind } = kinds[0];
      references.set(`${group ? `${group}/` : ''}${version}/${kind}`, `kubernetes#/definitions/${name}`);
    }
  }

  const ajv = new Ajv({ strict: false, allErrors: true, formats });
  ajv.addSchema({ $id: 'kubernetes', definitions });
  const compiled = new Map();
  return (object) => {
    const key = `${object.apiVersion}/${object.kind}`;
    if (!compiled.has(key)) {
      const schema = custom[key] ?? (references.has(key) ? { $ref: references.get(key) } : undefined);
      compiled.set(key, schema && ajv.compile(schema));
    }

    const validate = compiled.get(key);
    if (!validate) {
      return [`unknown kind: ${key}`];
    }

    return validate(object) ? [] : validate.errors.map((error) =>
      `${error.instancePath || '/'} ${error.message}${error.params.additionalProperty ? `: ${error.params.additionalProperty}` : ''}`);
  };
}

module.exports = { load };
