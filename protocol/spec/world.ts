/** Document kind `World`: tables with seeded rows, the tools over them, and what happens by itself. */
import { z } from 'zod'
import { Cassette } from '../cassette.ts'
import { Cel, DocumentName, Name, TemplateTree } from './notation.ts'
import { ObjectSchema } from './json-schema.ts'
import { Step } from './step.ts'
import { Table } from './table.ts'
import { WorldTest } from './world-test.ts'

export const ReadBack = z
  .strictObject({ call: Name.describe('A read tool.'), with: z.record(z.string(), Cel).describe('Its arguments: CEL over `args` of the write.'), done: Cel.describe('CEL over `result` (the read\'s JSON) and `args` (of the write): true when the write happened.') })
  .meta({ id: 'ReadBack', description: 'How a caller can find out whether an unanswered write happened.' })
export type ReadBack = z.infer<typeof ReadBack>

export const Tool = z.strictObject({
  description: z.string().min(1).max(2000).describe('What the agent reads about it.'),
  effect: z.enum(['read', 'write']).describe('A read tool that writes is refused.'),
  actor: z.enum(['agent', 'user']).default('agent').describe('Whose tool it is; a tool of the user is called by the simulated user alone.'),
  show_when: Cel.optional().describe('CEL over the tables: the tool exists only while this is true.'),
  idempotent: z.boolean().default(false).describe('Doing it twice leaves the same state as once.'),
  destructive: z.boolean().default(false).describe('Whether it takes something away that is hard to get back.'),
  disable_parallel: z.boolean().default(false).describe('Calls of one turn run it before the others, one after another.'),
  input: ObjectSchema.describe('JSON Schema of its arguments.'),
  read_back: ReadBack.optional(),
  output: z.record(z.string(), z.unknown()).optional().describe('JSON Schema of its result, where that is an object; told to clients that ask for it, checked by nobody.'),
  do: z.array(Step).min(1).optional().describe('Its steps, in order, one transaction.'),
  served: z.string().min(1).max(200).optional().describe("Instead of `do`: the name of the tool of the world's `server` that answers."),
  host: z.string().regex(/^[a-z0-9-]+\/[a-z0-9_]+$/, 'family/tool').optional().describe('A tool of an environment family, written in TypeScript, instead of `do`; not for registered specs.'),
}).meta({ id: 'Tool', description: 'An operation on the world: typed input, steps, a result.' })
export type Tool = z.infer<typeof Tool>

/** A named expression (`value`) or named steps (`do`), with parameters; no recursion. */
export const Definition = z.strictObject({
  params: z.array(Name).max(8).default([]).describe('Names of the values it takes.'),
  value: Cel.optional().describe('An expression: called in CEL as name(a, b).'),
  do: z.array(Step).optional().describe('Or steps: run by `use: name(a, b)`.'),
}).meta({ id: 'Definition', description: 'A named expression or named steps, without recursion.' })
export type Definition = z.infer<typeof Definition>

/** Steps that run after those of a call, in its transaction, when a watched column changed; caused by the world. */
export const Reaction = z.strictObject({
  id: Name.optional().describe('For people.'),
  watch: z.array(z.string().regex(/^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$/, 'table or table.column')).min(1).describe('What it reacts to: table.column, or a whole table.'),
  as: Name.optional().describe('Runs once for each changed row, under this name (null when it was deleted), with `old` as it was before (null when inserted); all of `watch` is then of one table.'),
  do: z.array(Step).min(1).describe('A failing `require` refuses the whole call.'),
}).meta({ id: 'Reaction', description: 'Steps that follow a change inside its transaction, caused by the world.' })
export type Reaction = z.infer<typeof Reaction>

/** Steps that run later, as a transaction of their own, caused by the world. */
export const Timer = z.strictObject({
  input: ObjectSchema.optional().describe('Types of its arguments; without it they are json.'),
  do: z.array(Step).min(1),
}).meta({ id: 'Timer', description: 'Steps that run later, as a transaction of their own, caused by the world.' })

/** How the state of a server, which is files in a folder, becomes rows: each of `files` is a row, or each line of a file of JSON lines. */
export const Mirror = z.strictObject({
  root: z.string().regex(/^\/[\w-]+(\/[\w-]+)*$/, 'an absolute path, such as /workspace').default('/workspace').describe('What agents see in place of the folder.'),
  paths: z.array(z.string().min(1).max(200)).max(50).optional().describe('Names of arguments, at any depth, that hold paths below `root`; default path, paths, source, destination. All other texts reach the server as they are.'),
  restart: z.boolean().default(true).describe('Whether the server has to be started anew to see other files; false where it reads them at every call.'),
  files: z.strictObject({ table: Name, path: Name.describe('Column with the path below the folder; the key.'), content: Name.describe('Column with the text; null for a directory.') }).optional(),
  lines: z.strictObject({
    file: z.string().regex(/^[\w-][\w.-]*$/, 'a name of a file'),
    tables: z.record(Name, z.strictObject({
      where: z.record(z.string(), z.string()).default({}).describe('What the lines of this table state.'),
      columns: z.record(Name, z.string()).describe('Column to key of the line.'),
      key: z.array(Name).min(1).max(8).optional().describe('Columns that make the key, the column `id`, together, joined by " | "; without it the key is a column of the line.'),
    })).describe('By table.'),
  }).optional(),
  calls: z.strictObject({ table: Name, column: Name }).optional().describe('Where there is nothing to look at: a column of a single table that names the calls which led to the present state.'),
}).meta({ id: 'Mirror', description: 'How the files of a server become rows, and rows its files.' })
export type Mirror = z.infer<typeof Mirror>

/** What answers calls that no recording has. */
export const UNSEEN = ['error', 'nearest', 'stub'] as const

/** Where served tools come from. */
export const ServerSource = z.strictObject({
  name: DocumentName.describe("Of the server in the operator's list, when calls go through."),
  package: z.string().max(300).optional().describe('What was installed, such as @scope/name@1.2.3.'),
  license: z.string().max(100).optional(),
  homepage: z.url().max(500).optional(),
  cassette: z.union([z.strictObject({ file: z.string().min(1).max(200).regex(/^(?!\/)(?!.*\.\.)[\w./-]+\.json$/, 'a .json file beside this one') }), Cassette]).optional().describe('The recording that answers; {file} names one beside this one.'),
  unseen: z.enum(UNSEEN).default('error').describe('What answers a call that the recording does not have: an error, the nearest recorded call of a read, or a stub of the type that the tool states.'),
  state: Mirror.optional().describe('How its state becomes rows, so that tasks can be checked on it.'),
}).meta({ id: 'ServerSource', description: 'A server of others whose tools are tools of this world.' })
export type ServerSource = z.infer<typeof ServerSource>

export const World = z.strictObject({
  kind: z.literal('World'),
  name: DocumentName,
  description: z.string().max(2000).optional().describe('For people who read the spec.'),
  server: ServerSource.optional().describe('Where tools with `served` come from.'),
  epoch: z.iso.datetime().describe('What now() is at virtual time 0.'),
  lists: z.record(Name, z.array(z.union([z.string(), z.number()])).min(1).max(10_000)).default({}).describe('Named lists for `pick`.'),
  tables: z.record(Name, Table).describe('By name.'),
  defs: z.record(Name, Definition).default({}).describe('Shared expressions and steps.'),
  invariants: z.array(z.strictObject({
    id: Name, that: Cel.describe('CEL over the tables; in the form T.all(x, …) only changed rows are checked.'),
    else: TemplateTree.optional().describe('What the caller of a tool sees that would break it; without it breaking it is a fault of the world.'),
  })).default([]).describe('Checked on what a call changed, at every commit.'),
  reactions: z.array(Reaction).max(100).default([]).describe('Steps that follow changes.'),
  timers: z.record(Name, Timer).default({}).describe('Steps that `after` and `every` run.'),
  every: z.array(z.strictObject({
    id: Name, seconds: z.int().min(10).max(100_000_000), run: Name, first: z.int().min(0).optional().describe('Seconds before the first firing; default `seconds`.'),
  })).max(20).default([]).describe('Timers that fire again and again.'),
  tools: z.record(Name, Tool).default({}).describe('By name; finish, report_unable, wait, reset, step, state and close are reserved.'),
  tests: z.array(WorldTest).max(500).default([]).describe('Run by `fractal-gym validate`.'),
}).meta({ id: 'World', description: 'Tables with seeded rows, the tools over them, and what happens by itself.' })
export type World = z.infer<typeof World>
