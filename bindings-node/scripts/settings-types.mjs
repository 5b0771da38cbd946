// Writes ts/settings.ts, the types of the settings, from the schema of the core: the one that the built addon carries, or
// the file behind `--schema`. `--check` writes nothing and fails if the committed file is another.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const folder = new URL('../', import.meta.url)
const file = new URL('ts/settings.ts', folder)
const given = process.argv.indexOf('--schema')
const schema = JSON.parse(given > 0 ? readFileSync(process.argv[given + 1], 'utf8') : schemaOfAddon())

function schemaOfAddon() {
  const addon = readdirSync(new URL('native/', folder)).find((name) => name.endsWith('.node'))
  if (addon === undefined) throw new Error('there is no addon in native/: run `npm run build:addon` first')
  return createRequire(import.meta.url)(fileURLToPath(new URL(`native/${addon}`, folder))).settingsSchema()
}

const camel = (name) => name.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase())
const comment = (text, indent) => {
  if (!text) return ''
  const lines = camelWords(text).replaceAll('*/', '* /').split('\n').map((line) => line.trim()).filter(Boolean)
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}`).join('\n')}\n${indent} */\n`
}

/** Names of settings in the text of the core, as a JavaScript user writes them. */
const wireNames = new Set()
for (const of of [schema, ...Object.values(schema.$defs)]) for (const name of Object.keys(of.properties ?? {})) wireNames.add(name)
const camelWords = (text) => text.replace(/[a-z][a-z0-9]*(_[a-z0-9]+)+/g, (name) => (wireNames.has(name) ? camel(name) : name))

/** Names that the package exports under another one, so that they say what they belong to. */
const names = { Window: 'WindowSettings' }
const nameOf = (reference) => {
  const name = reference.replace('#/$defs/', '')
  return names[name] ?? name
}

/** A text or one word needs no name of its own in TypeScript. */
const isPlain = (of) => !of.properties && /^('[^']*'|string)$/.test(type(of))

function type(of) {
  if (of.$ref) {
    const referred = schema.$defs[of.$ref.replace('#/$defs/', '')]
    return isPlain(referred) ? type(referred) : nameOf(of.$ref)
  }
  if (of.const !== undefined) return `'${of.const}'`
  if (of.enum) return of.enum.filter((value) => value !== null).map((value) => `'${value}'`).join(' | ')
  const options = of.anyOf ?? of.oneOf
  if (options) return [...new Set(options.filter((option) => option.type !== 'null').map(type))].join(' | ')
  const kinds = [of.type].flat().filter((kind) => kind !== 'null')
  if (kinds.length !== 1) throw new Error(`a schema that this script does not know: ${JSON.stringify(of)}`)
  switch (kinds[0]) {
    case 'string':
      return 'string'
    case 'integer':
    case 'number':
      return 'number'
    case 'boolean':
      return 'boolean'
    case 'array': {
      const item = type(of.items)
      return `readonly ${/^\w+$/.test(item) ? item : `(${item})`}[]`
    }
    case 'object':
      return `Readonly<Record<string, ${type(of.additionalProperties)}>>`
    default:
      throw new Error(`a schema that this script does not know: ${JSON.stringify(of)}`)
  }
}

function definition(name, of) {
  const doc = comment(of.description, '')
  if (isPlain(of)) return undefined
  if (!of.properties) return `${doc}export type ${name} = ${type(of)}\n`
  const required = new Set(of.required ?? [])
  const fields = Object.entries(of.properties ?? {}).map(([wire, field]) => {
    // Settings that the host may also bring alive.
    const extra = name === 'OtpkitSettings' && wire === 'providers' ? 'Readonly<Record<string, ProviderSettings | Sender | Verifier>>' : undefined
    const may = required.has(wire) ? ['', ''] : ['?', ' | undefined']
    return `${comment(field.description, '  ')}  ${camel(wire)}${may[0]}: ${extra ?? type(field)}${may[1]}\n`
  })
  if (name === 'OtpkitSettings') {
    const text = 'Is told what happened, after the fact. What it throws is ignored.'
    fields.push(`  /** ${text} */\n  onEvent?: ((event: OtpkitEvent) => unknown) | undefined\n`)
  }
  return `${doc}export interface ${name} {\n${fields.join('')}}\n`
}

const parts = [
  '// Written by scripts/settings-types.mjs from the schema of the core. Do not edit.\n',
  "import type { Sender, Verifier } from './provider.js'\nimport type { OtpkitEvent } from './types.js'\n",
  definition('OtpkitSettings', schema),
  ...Object.entries(schema.$defs)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, of]) => definition(names[name] ?? name, of)),
]
const text = parts.filter(Boolean).join('\n')

if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== text) {
    console.error('ts/settings.ts is not what the schema gives: run `npm run build:types` and commit it')
    process.exit(1)
  }
  console.log('ts/settings.ts is what the schema gives')
} else {
  writeFileSync(file, text)
}
