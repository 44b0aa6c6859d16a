/** The tools of a server as a World document: names, types, limits and hints of theirs, and their sentences or our own. */
import type { ServerTool } from '../../protocol/cassette.ts'
import type { ObjectSchema } from '../../protocol/spec/json-schema.ts'
import { slugOf } from '../core/foreign-name.ts'
import { nearest } from '../core/nearest.ts'
import { printDocuments } from '../spec/print-documents.ts'
import { collectRemarks, type Remark } from './remark.ts'
import { resultSchema } from './result-schema.ts'
import { nameTool } from './tool-name.ts'
import { translateInput } from './translate-schema.ts'
import { cutText } from './words.ts'

/** What the tools come from. */
export type ImportedServer = { readonly name: string; readonly package?: string | undefined; readonly license?: string | undefined; readonly homepage?: string | undefined }

export type ToolDraft = {
  readonly description: string; readonly effect: 'read' | 'write'; readonly idempotent?: true; readonly destructive?: true
  readonly input: Omit<ObjectSchema, 'type'>; readonly output?: Record<string, unknown>; readonly served: string
}
/** What World.parse takes. */
export type WorldDraft = { readonly kind: 'World'; readonly name: string; readonly description: string; readonly server: ImportedServer; readonly epoch: string; readonly tables: Record<string, never>; readonly tools: Record<string, ToolDraft> }

export type Imported = { readonly world: WorldDraft; readonly remarks: readonly Remark[] }

/** The calendar of imported tools begins here; nothing of theirs reads it. */
const EPOCH = '2026-03-02T09:00:00Z'
const MOST_DESCRIPTION = 2000

/**
 * Makes a World of the tools of a server; what was widened, lost or renamed is in the remarks, and nothing throws.
 * @param describe sentences of our own by the server's names of tools; with them no sentence of the server is taken,
 * neither about tools nor about arguments
 */
export function importTools({ server, tools, describe }: { server: ImportedServer; tools: readonly ServerTool[]; describe?: Readonly<Record<string, string>> | undefined }): Imported {
  const remarks: Remark[] = []
  const drafts = new Map<string, ToolDraft>()
  const theirs = new Set<string>()
  for (const tool of tools) {
    if (theirs.has(tool.name)) {
      remarks.push({ path: cutText(tool.name, 200), message: 'the server lists a second tool of this name: it is left out' })
      continue
    }
    theirs.add(tool.name)
    const about = collectRemarks()
    const say = (path: string, message: string): void => about.say(path === '' ? tool.name : `${tool.name}.${path}`, message)
    const name = nameTool(tool.name, drafts, say)
    drafts.set(name, draftTool(tool, say, describe))
    remarks.push(...about.remarks)
  }
  remarks.push(...remarksOnAll(tools, theirs, describe))
  const from = slugOf(server.name, 90) ?? 'server'
  const count = drafts.size === 1 ? 'The one tool' : `The ${drafts.size} tools`
  return {
    world: {
      kind: 'World', name: `mcp-${from}`, description: cutText(`${count} of ${server.package ?? server.name}, as its server lists them.`, MOST_DESCRIPTION),
      server: withoutUndefined({ ...server, name: from }), epoch: EPOCH, tables: {}, tools: Object.fromEntries(drafts),
    },
    remarks,
  }
}

const withoutUndefined = <T extends object>(value: T): T => Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T

function draftTool(tool: ServerTool, say: (path: string, message: string) => void, describe: Readonly<Record<string, string>> | undefined): ToolDraft {
  const options = { sentences: describe === undefined }
  const { annotations = {} } = tool
  const { schema: { type: _, ...input }, remarks } = translateInput(tool.inputSchema, options)
  for (const { path, message } of remarks) say(path, message)
  const output = resultSchema(tool.outputSchema, say, options)
  const isRead = annotations.readOnlyHint === true
  return {
    description: describeTool(tool, say, describe),
    effect: isRead ? 'read' : 'write',
    ...(!isRead && annotations.idempotentHint === true && { idempotent: true }),
    // As the protocol has it: what writes may destroy, unless the server says that it does not.
    ...(!isRead && annotations.destructiveHint !== false && { destructive: true }),
    served: tool.name,
    input,
    ...(output && { output }),
  }
}

function describeTool(tool: ServerTool, say: (path: string, message: string) => void, describe: Readonly<Record<string, string>> | undefined): string {
  const stated = describe === undefined ? (tool.description ?? tool.title ?? tool.annotations?.title) : Object.hasOwn(describe, tool.name) ? describe[tool.name] : undefined
  const text = stated?.trim() ?? ''
  if (text === '') {
    say('', describe === undefined ? 'the server does not describe it: its name stands for a description' : 'no sentence of ours describes it: its name stands for one')
    return cutText(tool.name.replace(/[_-]+/g, ' '), 200)
  }
  if (text.length > MOST_DESCRIPTION) say('', `its description is cut at ${MOST_DESCRIPTION} characters`)
  return cutText(text, MOST_DESCRIPTION)
}

function remarksOnAll(tools: readonly ServerTool[], theirs: ReadonlySet<string>, describe: Readonly<Record<string, string>> = {}): Remark[] {
  const silent = tools.filter(({ annotations }) => annotations?.readOnlyHint === undefined && annotations?.destructiveHint === undefined).length
  const idle = Object.keys(describe).filter((name) => !theirs.has(name))
  return [
    ...(silent ? [{ path: '', message: `${silent} of ${tools.length} tools do not say whether they write: they are taken as writes that may destroy something` }] : []),
    ...idle.map((name) => {
      const near = nearest(name, theirs)
      return { path: '', message: `the server has no tool '${cutText(name, 100)}'${near === undefined ? '' : `; did you mean ${near}?`}` }
    }),
  ]
}

/** The World as YAML, with a head that says where it comes from. */
export function printImported({ world }: Imported, sentences: 'own' | 'theirs'): string {
  const { server } = world
  const source = [server.package ?? server.name, server.license && `(${server.license})`, server.homepage].filter((part) => part !== undefined).join(' ')
  const comment = `Tools of ${source}\nas its server lists them, made by \`fractal-gym tools import\`: names, types, limits and hints are the server's, ${sentences === 'own' ? 'the sentences are our own' : 'and so are the sentences'}.`
  return printDocuments([{ value: world, comment: comment.replace(/[^\P{C}\n]/gu, ' '), asIs: true }])
}
