/** A foreign framework file, with all that it leads to, as a Framework document and remarks. */
import { Framework } from '../../protocol/spec/framework.ts'
import { readAgentTree } from './agent-tree.ts'
import { bindTools } from './bind-tools.ts'
import type { FrameworkDraft } from './draft.ts'
import { type EdgeMeaning, isFrameworkConfig, readFrameworkConfig } from './framework-config.ts'
import { Loading, type WorldTools } from './loading.ts'
import { type Remark, Remarks } from './remark.ts'
import { nearestFile, type SourceFiles } from './source-files.ts'
import type { Environment } from './substitute.ts'

/** What is known besides the files. */
export type LoadOptions = {
  /** Values of the environment that may be filled in, by name. */
  readonly environment?: Environment
  /** Tools of the world that it is to be played in; without them tools are bound later. */
  readonly world?: WorldTools
  /** What the edges of a NexGAP workflow are taken for. */
  readonly edges?: EdgeMeaning
}

/** What came of a file. */
export type Loaded = {
  /** As a YAML document states it, without what is default; undefined where nothing could be made of the file. */
  readonly document?: FrameworkDraft
  /** The same, parsed. */
  readonly framework?: Framework
  readonly remarks: readonly Remark[]
}

/** Loads an agent file or a framework_config; it never throws because of what the files hold. */
export function loadFramework(path: string, files: SourceFiles, { environment = {}, world, edges = 'auto' }: LoadOptions = {}): Loaded {
  const remarks = new Remarks()
  const text = files.read(path)
  const start = { file: path, line: 1, column: 1 }
  if (text === undefined) {
    remarks.error('file', `'${path}' is not there`, start, { nearest: nearestFile(path, files) })
    return { remarks: remarks.list() }
  }
  const loading = new Loading(files, environment, world, remarks)
  const root = loading.mapping(path, text)
  const draft = root && (isFrameworkConfig(root) ? readFrameworkConfig(root, edges, loading) : readAgentTree(path, root, loading))
  if (!draft) return { remarks: remarks.list() }
  const document = withoutSecrets(draft, loading, start)
  const parsed = Framework.safeParse(document)
  if (!parsed.success) {
    for (const { path: at, message } of parsed.error.issues) remarks.error('value', `${at.join('.')}: ${message}`, start)
    return { remarks: remarks.list() }
  }
  if (world) remarkUnbound(parsed.data, world, loading)
  return { document, framework: parsed.data, remarks: remarks.list() }
}

function remarkUnbound(framework: Framework, world: WorldTools, { remarks, toolPlaces }: Loading): void {
  const names = world.map(({ name }) => name)
  for (const { agent, tool, nearest } of bindTools(framework, names)) {
    remarks.error('tool', `the world has no tool '${tool}', which '${agent}' is to have`, toolPlaces.get(tool) ?? { file: '', line: 1, column: 1 }, { nearest, expected: names.join(', ') })
  }
}

/** No value that stood where a secret stands gets out, wherever else it was used. */
function withoutSecrets(draft: FrameworkDraft, { secrets, remarks }: Loading, start: { file: string; line: number; column: number }): FrameworkDraft {
  if (!secrets.size) return draft
  let found = false
  const clean = (text: string): string => [...secrets].reduce((held, secret) => {
    if (!held.includes(secret)) return held
    found = true
    return held.replaceAll(secret, '')
  }, text)
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return clean(value)
    if (Array.isArray(value)) return value.map(walk)
    if (value === null || typeof value !== 'object') return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [clean(key) || key, walk(item)]))
  }
  const document = walk(draft) as FrameworkDraft
  if (found) remarks.error('secret', 'a secret of the files stands in the framework too; it is taken out there', start)
  return document
}
