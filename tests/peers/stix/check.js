// Checks a STIX 2.1 bundle object by object against the OASIS schemas, and where it has one the interoperability profile,
// with unknown properties refused; own extensions against their shipped schemas; that every reference resolves; and that
// every deterministic identifier is what a second implementation computes.
// usage: node check.js OASIS_FOLDER EXTENSION_FOLDER BUNDLE...      prints one line of JSON for each bundle
'use strict';
const fs = require('fs');
const path = require('path');
const crypto = require('crypto');
const Ajv = require('ajv/dist/2020').default;
const addFormats = require('ajv-formats').default;

const [oasis, extensions, ...bundles] = process.argv.slice(2);
const base = 'http://oasis.example/';
// The schemas' patterns escape a hyphen, which regular expressions in Unicode mode refuse.
const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
addFormats(ajv);

const files = [];
const walk = folder => {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) walk(full);
    else if (entry.name.endsWith('.json')) files.push(path.relative(oasis, full));
  }
};
walk(oasis);
for (const file of files) {
  const schema = JSON.parse(fs.readFileSync(path.join(oasis, file), 'utf8'));
  // One of the published identifiers names another folder than the file lies in.
  schema.$id = base + file;
  ajv.addSchema(schema);
}
const own = {};
for (const name of ['ot-exchange', 'can-frame']) {
  const schema = JSON.parse(fs.readFileSync(path.join(extensions, name + '.json'), 'utf8'));
  own[name] = schema.$id;
  ajv.addSchema(schema);
}

const validators = new Map();
const validator = file => {
  if (!validators.has(file)) validators.set(file, ajv.getSchema(base + file));
  return validators.get(file);
};

// The schemas let any property through whose name is well formed (common/properties.json), as custom ones once were;
// STIX 2.1 wants them in extensions. So the names that the schemas declare are gathered, and others refused.
const declared = new Map();
const names = file => {
  if (declared.has(file)) return declared.get(file);
  const found = new Set();
  const gather = (schema, from) => {
    for (const name of Object.keys(schema.properties || {})) found.add(name);
    for (const part of [...schema.allOf || [], ...schema.oneOf || [], ...schema.anyOf || []]) gather(part, from);
    if (schema.$ref && !schema.$ref.startsWith('#')) {
      const next = path.posix.join(path.posix.dirname(from), schema.$ref);
      gather(JSON.parse(fs.readFileSync(path.join(oasis, next), 'utf8')), next);
    }
  };
  gather(JSON.parse(fs.readFileSync(path.join(oasis, file), 'utf8')), file);
  declared.set(file, found);
  return found;
};

const uuid5 = (space, name) => {
  const bytes = crypto.createHash('sha1').update(Buffer.from(space.replace(/-/g, ''), 'hex')).update(name, 'utf8').digest();
  bytes[6] = (bytes[6] & 0x0f) | 0x50;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
};
const canonical = value => Array.isArray(value) ? '[' + value.map(canonical).join(',') + ']'
  : value !== null && typeof value === 'object'
    ? '{' + Object.keys(value).sort().map(key => JSON.stringify(key) + ':' + canonical(value[key])).join(',') + '}'
    : JSON.stringify(value);

const observableSpace = '00abedb4-aa42-466c-9c01-fed23315a9b7';
const projectSpace = uuid5('6ba7b811-9dad-11d1-80b4-00c04fd430c8', 'https://otguard.example/stix');
const contributing = {
  'ipv4-addr': ['value'], 'ipv6-addr': ['value'], 'mac-addr': ['value'],
  'network-traffic': ['start', 'end', 'src_ref', 'dst_ref', 'src_port', 'dst_port', 'protocols', 'extensions'],
};
const pick = (object, names) => Object.fromEntries(names.filter(name => name in object).map(name => [name, object[name]]));

const oasisExtensions = new Set([
  'extension-definition--ef765651-680c-498d-9894-99799f2fa126', 'extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d']);
// TLP 2.0 has its identifiers by the standard, ATT&CK's objects by MITRE.
const isForeign = object => object.type === 'marking-definition' || object.type === 'attack-pattern'
  || object.id === 'identity--c78cb6e5-0c4b-4611-8297-d1b8b55e40b5';

const expectedId = object => {
  if (object.type in contributing) {
    return `${object.type}--${uuid5(observableSpace, canonical(pick(object, contributing[object.type])))}`;
  }
  if (object.type.startsWith('x-otguard-')) {
    const rest = Object.keys(object).filter(key => !['type', 'spec_version', 'id', 'object_marking_refs', 'extensions'].includes(key));
    return `${object.type}--${uuid5(observableSpace, canonical(pick(object, rest)))}`;
  }
  if (object.type === 'relationship') {
    return `relationship--${uuid5(projectSpace, `relationship|${object.relationship_type}|${object.source_ref}|${object.target_ref}`)}`;
  }
  const reference = (object.external_references || []).find(one => one.source_name === 'otguard');
  return reference && `${object.type}--${uuid5(projectSpace, `${object.type}|${reference.external_id}`)}`;
};

const references = (value, found) => {
  if (Array.isArray(value)) value.forEach(one => references(one, found));
  else if (value !== null && typeof value === 'object') {
    for (const [key, member] of Object.entries(value)) {
      if (key.endsWith('_ref')) found.push(member);
      else if (key.endsWith('_refs')) found.push(...member);
      else {
        if (key.startsWith('extension-definition--') && !oasisExtensions.has(key)) found.push(key);
        references(member, found);
      }
    }
  }
  return found;
};

for (const file of bundles) {
  const bundle = JSON.parse(fs.readFileSync(file, 'utf8'));
  const problems = [];
  const types = {};
  const ids = new Set(bundle.objects.map(object => object.id));
  let recomputed = 0, profiled = 0;
  if (ids.size !== bundle.objects.length) problems.push('an identifier occurs twice');
  const hash = crypto.createHash('sha256').update(canonical(bundle.objects), 'utf8').digest('hex');
  if (bundle.id !== `bundle--${uuid5(projectSpace, `bundle|${hash}`)}`) problems.push(`${bundle.id} is not computed from its objects`);
  for (const object of bundle.objects) {
    types[object.type] = (types[object.type] || 0) + 1;
    const schemas = [];
    if (object.type === 'x-otguard-can-frame') schemas.push(['own', ajv.getSchema(own['can-frame'])]);
    else if (object.type === 'x-otguard-exchange') schemas.push(['own', ajv.getSchema(own['ot-exchange'] + '#/$defs/x-otguard-exchange')]);
    else {
      const plain = ['schemas/sdos/', 'schemas/sros/', 'schemas/observables/', 'schemas/common/']
        .map(folder => folder + object.type + '.json').find(one => files.includes(one));
      if (!plain) { problems.push(`${object.type} has no schema`); continue; }
      schemas.push([plain, validator(plain)]);
      for (const key of Object.keys(object)) {
        if (!names(plain).has(key)) problems.push(`${object.id}: unknown property ${key}`);
      }
      const profile = `interop/${object.type}.json`;
      if (files.includes(profile)) { schemas.push([profile, validator(profile)]); profiled++; }
      for (const [id, extension] of Object.entries(object.extensions || {})) {
        const definition = bundle.objects.find(one => one.id === id);
        if (definition && definition.name === 'OT exchange') {
          const check = ajv.getSchema(own['ot-exchange'] + '#/$defs/property-extension');
          if (!check(extension)) problems.push(`${object.id} ${id}: ${ajv.errorsText(check.errors)}`);
        }
      }
    }
    for (const [name, check] of schemas) {
      if (!check(object)) problems.push(`${object.id} by ${name}: ${ajv.errorsText(check.errors)}`);
    }
    for (const reference of references(object, [])) {
      if (!ids.has(reference)) problems.push(`${object.id} refers to ${reference}, which is not there`);
    }
    if (!isForeign(object)) {
      recomputed++;
      const expected = expectedId(object);
      if (object.id !== expected) problems.push(`${object.id} should be ${expected}`);
    }
  }
  console.log(JSON.stringify({ file: path.basename(file), problems, types, recomputed, profiled, objects: bundle.objects.length }));
}
