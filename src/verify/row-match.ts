/** Rows that two episodes made, matched up to the names of generated keys. */
import { charge, type Evaluation } from '../world/evaluation.ts'
import type { CompiledTable } from '../world/table.ts'
import type { Leaf, Leaves, NetChanges, NetRow } from './net-change.ts'
import { type Clock, clockOf, spellChange, spellLeaf, type Spelling, tellingLeaves } from './spelling.ts'

/** What the matching found: rows of one side without a partner on the other, and how keys are called on each side. */
export type Matching = {
  readonly matched: number
  readonly missing: readonly NetRow[]
  readonly stray: readonly NetRow[]
  /** Spells values so that both sides say the same where they mean the same. */
  spelling(side: Side, clock: Clock): Spelling
}

/** Whether everything should be there, or a part is good. */
export type Extent = 'whole' | 'part'

/** The episode, or what it is compared with. */
export type Side = 'found' | 'wanted'

/** A row as a vertex: what it says besides keys of rows that were made, and where such keys stand in it. */
type Vertex = { readonly row: NetRow; readonly side: Side; readonly compared: boolean; colour: number; readonly edges: { readonly path: string; readonly to: Vertex; readonly back: boolean }[] }

/**
 * Matches the rows that the agent made, and those of others that it changed. Rows refer to one another by keys that
 * mean nothing: they are told apart by what they say, then by what those say that they refer to and that refer to
 * them, and so on until nothing more is told apart. That is exact unless rows of equal content refer to each other in
 * circles. Of what was only begun it does not matter what will refer to a row once the rest is there.
 */
export function matchRows(found: NetChanges, wanted: NetChanges, extent: Extent, cx: Evaluation): Matching {
  const names = { found: new Names(found), wanted: new Names(wanted) }
  const graph = new Graph(names, clocksOf(found, wanted))
  for (const [side, { rows }] of [['found', found], ['wanted', wanted]] as const) for (const row of rows.values()) if (row.origin === 'there' || isCompared(row)) graph.vertexOf(row, side)
  graph.describe()
  graph.refine(extent, cx)
  return {
    ...graph.unmatched(),
    spelling: (side, clock) => ({ clock, rename: (text, target) => graph.nameOf(names[side].find(text, target), side) }),
  }
}

/** Whether a row takes part: the agent made it, or changed one that others made. */
function isCompared({ origin, leaves, gone }: NetRow): boolean {
  return origin === 'agent' || (origin === 'other' && (gone !== undefined || tellingLeaves(leaves, false).length > 0))
}

/** How times are told in each column of rows that were made. */
function clocksOf(found: NetChanges, wanted: NetChanges): ReadonlyMap<string, Clock> {
  const there = leavesByColumn(wanted)
  return new Map([...leavesByColumn(found)].map(([name, leaves]) => [name, clockOf(leaves, there.get(name) ?? [])]))
}

function leavesByColumn({ rows }: NetChanges): Map<string, Leaf[]> {
  const byColumn = new Map<string, Leaf[]>()
  for (const { table, origin, leaves, born } of rows.values()) {
    if (origin === 'there') continue
    for (const leaf of [...leaves.values(), ...(born?.values() ?? [])]) {
      const name = `${table.name}.${leaf.column.name}`
      const known = byColumn.get(name)
      if (known) known.push(leaf)
      else byColumn.set(name, [leaf])
    }
  }
  return byColumn
}

/** Rows of one side by their generated keys. */
class Names {
  readonly #rows = new Map<string, NetRow[]>()

  constructor({ rows }: NetChanges) {
    for (const row of rows.values()) {
      if (row.origin === 'there' || !isGenerated(row.table, row.key)) continue
      const known = this.#rows.get(row.key)
      if (known) known.push(row)
      else this.#rows.set(row.key, [row])
    }
  }

  /** The row that a text is the key of: of the table referred to, else of the only table that has it. */
  find(text: string, target: number | undefined): NetRow | undefined {
    const rows = this.#rows.get(text)
    if (!rows) return undefined
    if (target !== undefined) return rows.find(({ table }) => table.position === target)
    return rows.length === 1 ? rows[0] : undefined
  }
}

/** Whether the rule of a table can have made a key; a key that a tool states itself means what it says. */
function isGenerated({ idRule, format }: CompiledTable, key: string): boolean {
  if (!idRule) return false
  if ('queue' in idRule) return idRule.queue.includes(key)
  if ('first_free' in idRule) return idRule.first_free.includes(key)
  return 'hash' in idRule ? key.startsWith(idRule.prefix ?? '') : format?.parse(key) !== undefined
}

const PLAIN: Clock = { relative: false, shared: new Set(), stamped: false }

class Graph {
  readonly #names: Record<Side, Names>
  readonly #clocks: ReadonlyMap<string, Clock>
  readonly #vertices = new Map<NetRow, Vertex>()
  readonly #colours = new Map<string, number>()
  /** Vertices that were not read yet. */
  #unread: Vertex[] = []

  constructor(names: Record<Side, Names>, clocks: ReadonlyMap<string, Clock>) {
    this.#names = names
    this.#clocks = clocks
  }

  /** The vertex of a row that takes part, of one that refers to such rows, or of one that is referred to. */
  vertexOf(row: NetRow, side: Side): Vertex {
    const known = this.#vertices.get(row)
    if (known) return known
    const vertex: Vertex = { row, side, compared: isCompared(row), colour: 0, edges: [] }
    this.#vertices.set(row, vertex)
    this.#unread.push(vertex)
    return vertex
  }

  /** Reads all rows, and those that they refer to. */
  describe(): void {
    for (let vertex = this.#unread.pop(); vertex; vertex = this.#unread.pop()) vertex.colour = this.#colour(this.#read(vertex))
    // What is compared by itself counts here only for what it refers to.
    for (const [row, { edges }] of this.#vertices) if (row.origin === 'there' && !edges.length) this.#vertices.delete(row)
  }

  #read(vertex: Vertex): string {
    const { row: { table, key, origin, leaves, born, gone }, side } = vertex
    const isNamed = origin !== 'there' && isGenerated(table, key)
    const rename: Spelling['rename'] = (text, target, path) => {
      const referred = this.#names[side].find(text, target)
      if (!referred) return undefined
      const to = this.vertexOf(referred, side)
      vertex.edges.push({ path, to, back: false })
      to.edges.push({ path, to: vertex, back: true })
      return '*'
    }
    const spellAll = (some: Leaves, made: boolean): string => tellingLeaves(some, made)
      .filter(([path]) => !(isNamed && path === table.key))
      .map(([path, leaf]) => `${path}=${(made ? spellLeaf : spellChange)(leaf, path, { rename, clock: this.#clocks.get(`${table.name}.${leaf.column.name}`) ?? PLAIN })}`).join('\n')
    const head = [table.name, origin, isNamed ? '' : key]
    const said = [spellAll(born ?? leaves, born !== undefined || origin === 'agent'), born ? spellAll(leaves, false) : '', gone === undefined ? '' : 'gone']
    return (origin === 'there' ? head : [...head, ...said]).join('\0')
  }

  #colour(text: string): number {
    let colour = this.#colours.get(text)
    if (colour === undefined) this.#colours.set(text, (colour = this.#colours.size))
    return colour
  }

  /**
   * Tells vertices apart by their neighbours, until that tells no more apart or shows that the sides differ. Charged for
   * the side that a specification decides; how long the other can keep up with it is bounded by that one too.
   */
  refine(extent: Extent, cx: Evaluation): void {
    const all = [...this.#vertices.values()]
    const wanted = all.filter(({ side }) => side === 'wanted')
    const cost = wanted.reduce((sum, { edges }) => sum + 1 + edges.length, 0)
    let kinds = 0
    for (let round = 0; round < wanted.length + 2; round++) {
      const now = new Set(all.map(({ colour }) => colour)).size
      const { missing, stray } = this.unmatched()
      if (now === kinds || stray.length || (missing.length && extent === 'whole')) return
      kinds = now
      charge(cx, cost)
      const next = all.map(({ colour, edges }) => `${colour} ${edges.filter(({ back }) => !back || extent === 'whole').map(({ path, to, back }) => `${back ? '<' : '>'}${path} ${to.colour}`).sort().join()}`)
      all.forEach((vertex, i) => { vertex.colour = this.#colour(next[i]!) })
    }
  }

  /** Rows that take part, by their colours: how many have a partner, and which have none. */
  unmatched(): Pick<Matching, 'matched' | 'missing' | 'stray'> {
    const waiting = new Map<number, NetRow[]>()
    const stray: NetRow[] = []
    let matched = 0
    for (const { row, side, compared, colour } of this.#vertices.values()) {
      if (!compared || side !== 'wanted') continue
      const rows = waiting.get(colour)
      if (rows) rows.push(row)
      else waiting.set(colour, [row])
    }
    for (const { row, side, compared, colour } of this.#vertices.values()) {
      if (!compared || side !== 'found') continue
      if (waiting.get(colour)?.pop()) matched++
      else stray.push(row)
    }
    return { matched, missing: [...waiting.values()].flat(), stray }
  }

  /** What stands for the key of a row that was made. */
  nameOf(row: NetRow | undefined, side: Side): string | undefined {
    if (!row) return undefined
    return `#${this.vertexOf(row, side).colour}`
  }
}
