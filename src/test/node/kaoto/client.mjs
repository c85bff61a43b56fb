// Opens each route file as Kaoto does and saves it again, changed in nothing: what must come out is what went in. Holds each
// file to the schema of Camel's YAML, too. Says what it looked at; ends with 1 and a line for each thing that is wrong.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import Ajv from 'ajv';
import { build } from 'esbuild';
import { parse } from 'yaml';

const [folder, schema] = process.argv.slice(2);
const faults = [];

// Kaoto's library is made for a browser: what draws is left out, what reads and writes files stays.
const drawing = /^(react|react-dom|react-router-dom|react-markdown|react-monaco-editor|@patternfly\/.*|@dnd-kit\/.*|@visx\/.*|monaco-.*|html-to-image)(\/|$)/;
await build({
  stdin: {
    contents: "export { CamelResourceFactory } from './node_modules/@kaoto/kaoto/lib/esm/models/camel/camel-resource-factory.js';",
    resolveDir: process.cwd(),
  },
  outfile: 'kaoto.cjs',
  bundle: true,
  platform: 'node',
  format: 'cjs',
  logLevel: 'error',
  loader: { '.scss': 'empty', '.css': 'empty', '.svg': 'empty', '.png': 'empty', '.ttf': 'empty' },
  plugins: [
    {
      name: 'without-drawing',
      setup(on) {
        on.onResolve({ filter: drawing }, (a) => ({ path: a.path, namespace: 'drawing' }));
        on.onLoad({ filter: /.*/, namespace: 'drawing' }, () => ({
          contents:
            'const it = () => new Proxy(function () {}, { get: (t, k) => (k === "prototype" ? t[k] : k === Symbol.toPrimitive ? () => "" : k === "__esModule" ? true : it()), apply: () => it(), construct: () => ({}) }); module.exports = Object.create(it());',
        }));
      },
    },
  ],
});
globalThis.window = globalThis;
// For its XML, which is not looked at.
globalThis.DOMParser = class {};
globalThis.XMLSerializer = class {};
const { CamelResourceFactory } = await import(join(process.cwd(), 'kaoto.cjs')).then((m) => m.default ?? m);

const fits = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile({
  ...JSON.parse(readFileSync(schema, 'utf8')),
  $schema: undefined,
});

const NUMBERS = new Set(['completionSize']);
const DESCRIPTION = 'As somebody wrote it in an editor';
let routes = 0;
const files = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.camel.yaml'));
for (const name of files) {
  const text = readFileSync(join(folder, name), 'utf8');
  const before = parse(text);
  // Where Camel wants a number it takes a setting too, which its schema does not know.
  const filled = JSON.parse(JSON.stringify(before), (key, value) => (/^{{[^}]*}}$/.test(value) && NUMBERS.has(key) ? 1 : value));
  if (!fits(filled)) {
    fits.errors
      .filter((e) => e.keyword === 'type' || e.keyword === 'additionalProperties')
      .forEach((e) => faults.push(`${name}${e.instancePath}: ${e.message} ${JSON.stringify(e.params)}`));
    faults.push(`${name} is not what Camel's schema says`);
  }

  const resource = CamelResourceFactory.createCamelResource(text, { path: name });
  const saved = resource.toString();
  if (!isDeepStrictEqual(parse(saved), before)) {
    faults.push(`${name}: opened and saved it says something else`);
  }
  // A comment's line without words comes out as an empty line.
  const head = text.match(/^(?:#.*\n)*/)[0].replace(/^#$/gm, '');
  if (!saved.startsWith(head)) {
    faults.push(`${name}: loses the comment at its top`);
  }
  const lost = text.slice(text.match(/^(?:#.*\n)*/)[0].length).match(/^ *# .*$/gm) ?? [];
  lost.forEach((line) => faults.push(`${name}: loses '${line.trim()}': only a comment at the top is kept`));

  const shown = resource.getVisualEntities();
  const drawn = shown.filter((one) => one.type === 'route');
  const written = before.filter((one) => one.route).map((one) => one.route.id);
  if (!isDeepStrictEqual(drawn.map((one) => one.id), written)) {
    faults.push(`${name}: shows ${drawn.map((one) => one.id)} instead of ${written}`);
  }
  routes += drawn.length;
  if (drawn.length > 0) {
    drawn[0].updateModel('route.description', DESCRIPTION);
    const changed = parse(resource.toString());
    changed.find((one) => one.route).route.description = before.find((one) => one.route).route.description;
    if (!resource.toString().includes(DESCRIPTION) || !isDeepStrictEqual(changed, before)) {
      faults.push(`${name}: a changed description changes more, or nothing`);
    }
  }
}
console.log(`${files.length} files, ${routes} routes`);

faults.forEach((fault) => console.error(fault));
process.exit(faults.length === 0 ? 0 : 1);
