/** What is shared while one framework is loaded. */
import { type Environment, SECRET_KEY, substitute } from './substitute.ts'
import { Mapping } from './mapping.ts'
import { toolCandidates } from '../core/foreign-name.ts'
import { readLocated } from './located-file.ts'
import type { Place, Remarks } from './remark.ts'
import { folderOf, nearestFile, resolvePath, type SourceFiles } from './source-files.ts'

/** A tool of the world that the framework is to be played in. */
export type WorldTool = { readonly name: string; readonly disable_parallel?: boolean | undefined }

/** All of them. */
export type WorldTools = readonly WorldTool[]

/** Files that one framework may have read. */
const MOST_FILES = 2000

/** Reads files, each once, and keeps what is known of tools and secrets. */
export class Loading {
  readonly files: SourceFiles
  readonly remarks: Remarks
  readonly #environment: Environment
  readonly #world: ReadonlyMap<string, WorldTool> | undefined
  readonly #read = new Map<string, Mapping | undefined>()
  readonly #texts = new Map<string, string>()
  /** Where each tool was named first, by its name here. */
  readonly toolPlaces = new Map<string, Place>()
  /** Values that were seen where secrets stand. */
  readonly secrets = new Set<string>()

  constructor(files: SourceFiles, environment: Environment, world: WorldTools | undefined, remarks: Remarks) {
    this.files = files
    this.remarks = remarks
    this.#environment = environment
    this.#world = world && new Map(world.map((tool) => [tool.name, tool]))
  }

  /** The path that a file means, with its text; a missing file is remarked. */
  text(stated: string, from: Place, what: string): { path: string; text: string } | undefined {
    const path = resolvePath(folderOf(from.file), stated)
    if (path === undefined || path === '') {
      this.remarks.error('file', `${what} '${stated}' leads out of the folder that may be read`, from, { expected: 'a path inside it; --root names another folder' })
      return undefined
    }
    const known = this.#texts.get(path)
    if (known !== undefined) return { path, text: known }
    const text = this.#texts.size >= MOST_FILES ? undefined : this.files.read(path)
    if (text === undefined) {
      this.remarks.error('file', this.#texts.size >= MOST_FILES ? `more than ${MOST_FILES} files` : `${what} '${stated}' is not there`, from, { expected: path, nearest: nearestFile(path, this.files) })
      return undefined
    }
    this.#texts.set(path, text)
    // Also of files that are read as they are, such as prompts.
    for (const [, secret] of text.matchAll(/api_?key["']?[ \t]*[:=][ \t]*["']?([^\s"',}#]{8,200})/gi)) this.#keepOut(secret!)
    return { path, text }
  }

  /** The mapping that a YAML or JSON file holds; what is wrong with it is remarked once. */
  mapping(path: string, text: string): Mapping | undefined {
    if (!this.#read.has(path)) {
      const located = readLocated(path, text, this.remarks)
      const root = located && substitute(located, this.#environment, this.remarks, (secret) => this.#keepOut(secret))
      if (root !== undefined) this.#noteSecrets(root, false)
      this.#read.set(path, located && Mapping.ofFile(located, root, this.remarks))
    }
    return this.#read.get(path)
  }

  #keepOut(value: string): void {
    const secret = value.replace(/^(Bearer|Basic|Token)\s+/i, '')
    // A word of prose is no secret, whatever its key is called.
    if (secret.length >= 8 && !/\s|^[a-z]+$/.test(secret)) this.secrets.add(secret)
  }

  #noteSecrets(value: unknown, isSecret: boolean): void {
    if (typeof value === 'string' && isSecret) this.#keepOut(value)
    if (value === null || typeof value !== 'object') return
    for (const [key, item] of Object.entries(value)) this.#noteSecrets(item, isSecret || (!Array.isArray(value) && SECRET_KEY.test(key)))
  }

  /** What a foreign tool is called here; a name that had to change is noted. */
  toolName(name: string, place: Place): string | undefined {
    const candidates = toolCandidates(name)
    const found = candidates.find((one) => this.#world?.has(one)) ?? candidates.at(-1)
    if (found === undefined) {
      this.remarks.error('name', `'${name}' is no name of a tool`, place, { expected: 'letters, digits and _' })
      return undefined
    }
    if (!this.toolPlaces.has(found)) this.toolPlaces.set(found, place)
    if (found !== name) this.remarks.note('renamed', `the tool '${name}' is called '${found}' here`, place)
    return found
  }

  /** The tool of the world with a name; undefined where there is none, or no world. */
  worldTool(name: string): WorldTool | undefined {
    return this.#world?.get(name)
  }
}
