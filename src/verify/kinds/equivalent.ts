/** `state.equivalent`: the agent changed what the witness changes, in whatever order and by whatever calls. */
import type { Check } from '../../../protocol/spec/check.ts'
import { nearest } from '../../core/nearest.ts'
import type { EpisodeView } from '../../episode/task.ts'
import type { CompiledWorld } from '../../world/compiled-world.ts'
import { SpecFault } from '../../world/fault.ts'
import { charge, type Evaluation, type View } from '../../world/evaluation.ts'
import type { Site } from '../../world/site.ts'
import type { CompiledTable } from '../../world/table.ts'
import { refusedWrite } from '../agent-call.ts'
import { evaluate, finalEvaluation } from '../check-context.ts'
import { type CompiledCheck, type Evidence, type Finding, PASSED } from '../compiled-check.ts'
import { type CheckEnvironment, tableFor } from '../compile-check.ts'
import { isChanged, isStamp, type Leaf, type NetChanges, netChanges, type NetRow, sameSum, type Scope } from '../net-change.ts'
import { type Extent, type Matching, matchRows, type Side } from '../row-match.ts'
import { clockOf, spellLeaf, tellingLeaves } from '../spelling.ts'

type EquivalentCheck = Extract<Check, { kind: 'state.equivalent' }>

/** What a comparison found: how many changes of the witness the agent made, which not, and which besides. */
type Comparison = { readonly matched: number; readonly missing: readonly Evidence[]; readonly stray: readonly Evidence[] }

/** Differences that a verdict shows. */
const MOST_SHOWN = 50

/** Compiles the check. */
export function compileEquivalent(check: EquivalentCheck, { world, scope: slots }: CheckEnvironment, site: Site): Pick<CompiledCheck, 'run' | 'whenDeclined' | 'progress'> {
  const scope = compileScope(check, world, site)
  // What a witness changes is the same for all who are compared with it.
  const proofs = new WeakMap<EpisodeView, NetChanges>()
  const proofOf = (reference: EpisodeView): NetChanges => {
    const known = proofs.get(reference)
    if (known) return known
    requireProof(reference, check.id)
    const wanted = netChanges(reference, scope)
    proofs.set(reference, wanted)
    return wanted
  }
  const compare = (view: EpisodeView, extent: Extent): Comparison | undefined => {
    const reference = view.reference()
    return reference && evaluate((cx) => compareChanges(view, proofOf(reference), scope, extent, cx), finalEvaluation(view, slots.slots.used), check.id) as Comparison
  }
  return {
    run(view) {
      const found = compare(view, 'whole')
      return found ? judge(found) : PASSED
    },
    // Who cannot go on may have begun, and done nothing else.
    whenDeclined(view) {
      const found = compare(view, 'part')
      return found ? judge({ ...found, missing: [], stray: [...found.missing.filter((one) => one.found !== undefined), ...found.stray] }) : PASSED
    },
    progress(view) {
      const found = compare(view, 'part')
      if (!found) return { held: 0, of: 0 }
      return { held: Math.max(0, found.matched - found.stray.length), of: found.matched + found.missing.length }
    },
  }
}

/** What a refused write of the witness would have done is no part of what it left: that is no target. @throws SpecFault */
function requireProof(reference: EpisodeView, place: string): void {
  const refused = refusedWrite(reference, reference.task.template.refusals)
  if (refused) throw new SpecFault(`${place}: the witness is refused in ${refused.tool}: ${refused.content.slice(0, 200)}`)
}

function judge({ matched, missing, stray }: Comparison): Finding {
  if (!missing.length && !stray.length) return PASSED
  const evidence = [...missing.slice(0, MOST_SHOWN), ...stray.slice(0, MOST_SHOWN)].map(brief)
  const shown = missing.length ? missing : stray
  const event = shown.find((one) => one.event !== undefined)?.event
  return { score: matched / (matched + missing.length + stray.length), evidence, category: missing.length ? 'missed_action' : 'collateral_damage', ...(event !== undefined && { event }) }
}

/** Characters of a value that evidence shows. */
const LONGEST_SHOWN = 1000

/** Evidence without the length of texts that may be in it. */
function brief(evidence: Evidence): Evidence {
  const cut = (value: unknown) => {
    const text = JSON.stringify(value)
    return text.length <= LONGEST_SHOWN ? value : `${text.slice(0, LONGEST_SHOWN)}…`
  }
  return { ...evidence, ...('expected' in evidence && { expected: cut(evidence.expected) }), ...('found' in evidence && { found: cut(evidence.found) }) }
}

function compileScope({ tables, ignore, sets }: EquivalentCheck, world: CompiledWorld, site: Site): Scope {
  const named = tables?.flatMap((name, i) => tableFor(name, world, site.at('tables', i)) ?? [])
  const ignored = new Set(ignore.filter((name, i) => name.includes('.') ? columnAt(name, world, site.at('ignore', i)) : tableFor(name, world, site.at('ignore', i)) !== undefined))
  const lists = new Set(sets.filter((name, i) => {
    const column = columnAt(name, world, site.at('sets', i))
    if (column && column.type.k !== 'list') site.at('sets', i).complain('check', `${name} is no list`, { expected: 'a column that holds a list' })
    return column !== undefined
  }))
  return {
    tables: new Map(world.tables.filter(({ name, position }) => (!named || named.includes(position)) && !ignored.has(name)).map((table) => [table.name, table])),
    ignores: (table, column) => ignored.has(`${table}.${column}`),
    isSet: (table, path) => lists.has(`${table}.${path}`),
  }
}

function columnAt(path: string, world: CompiledWorld, site: Site): CompiledTable['columns'][number] | undefined {
  const [table = '', column = ''] = path.split('.')
  const position = tableFor(table, world, site)
  if (position === undefined) return undefined
  const { columnOf } = world.tables[position]!
  const found = columnOf.get(column)
  if (!found) site.complain('name', `${table} has no column '${column}'`, { nearest: nearest(column, columnOf.keys()), expected: [...columnOf.keys()].join(', ') })
  return found
}

function compareChanges(view: EpisodeView, wanted: NetChanges, scope: Scope, extent: Extent, cx: Evaluation): Comparison {
  const found = netChanges(view, scope)
  charge(cx, wanted.work)
  // What the agent wrote is read once; that is counted, but whoever writes much is wrong, and no fault of the specification.
  cx.left -= Math.min(found.work, cx.left >> 1)
  const matching = matchRows(found, wanted, extent, cx)
  const missing: Evidence[] = []
  const stray: Evidence[] = []
  let { matched } = matching
  for (const [name, row] of wanted.rows) {
    if (row.origin !== 'there') continue
    const cells = compareRow(found.rows.get(name), row, matching, cx.view)
    matched += cells.matched
    missing.push(...cells.missing)
  }
  for (const [name, row] of found.rows) if (row.origin === 'there') stray.push(...strayCells(row, wanted.rows.get(name)))
  const rows = pairRows(matching)
  return { matched, missing: [...missing, ...rows.missing], stray: [...stray, ...rows.stray] }
}

function place({ table, key }: NetRow, path?: string): string {
  return `/${table.name}/${key}${path === undefined ? '' : `/${path.replaceAll('.', '/')}`}`
}

/** Compares what the witness changes in a row that was there with what the agent changed. */
function compareRow(found: NetRow | undefined, wanted: NetRow, matching: Matching, final: View): { matched: number; missing: Evidence[] } {
  const now = final.get(wanted.table.position, wanted.key)
  if (wanted.gone !== undefined) {
    const isGone = found?.gone !== undefined || !now
    return isGone ? { matched: 1, missing: [] } : { matched: 0, missing: [{ pointer: place(wanted), expected: null }] }
  }
  const missing: Evidence[] = []
  let matched = 0
  for (const [path, leaf] of tellingLeaves(wanted.leaves, false)) {
    const own = found?.gone === undefined ? found?.leaves.get(path) : undefined
    const changed = own && isChanged(own) ? own : undefined
    if (changed ? sameChange(changed, leaf, path, matching) : now && others(leaf, path, now, matching)) matched++
    else missing.push({ ...(changed && { event: changed.event }), pointer: place(wanted, path), expected: shown(leaf), ...(changed && { found: shown(changed) }) })
  }
  return { matched, missing }
}

/**
 * Whether two changes of one value mean the same. Numbers: the agent's difference, that of the agent and the network
 * together, or, where both wrote as often, what was left: an absolute value over what others wrote.
 */
function sameChange(found: Leaf, wanted: Leaf, path: string, matching: Matching): boolean {
  const { by, byFaults, type } = found
  if (by !== undefined && wanted.by !== undefined && (sameSum(type, by, wanted.by) || sameSum(type, by + byFaults, wanted.by))) return true
  if (by !== undefined && wanted.by !== undefined && found.writes > wanted.writes) return false
  return sameSpelling(found, wanted, path, matching)
}

function sameSpelling(found: Leaf, wanted: Leaf, path: string, matching: Matching): boolean {
  const clock = clockOf([found], [wanted])
  const spell = (leaf: Leaf, side: Side) => spellLeaf(leaf, path, matching.spelling(side, clock))
  return spell(found, 'found') === spell(wanted, 'wanted')
}

/** Whether others left what the agent should have: then there was nothing to change. Counted things are nobody else's. */
function others(wanted: Leaf, path: string, now: Readonly<Record<string, unknown>>, matching: Matching): boolean {
  if (wanted.by !== undefined || wanted.elements) return false
  const { column } = wanted
  let value = column.encode(now[column.name])
  for (const name of path.split('.').slice(1)) value = value !== null && typeof value === 'object' && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : null
  if (path === column.name && wanted.type !== column.type) value = value !== null
  if (isStamp(wanted) && value !== null) return true
  return sameSpelling({ ...wanted, to: value ?? null }, wanted, path, matching)
}

/** What the agent changed in a row that was there and the witness does not touch. */
function strayCells(found: NetRow, wanted: NetRow | undefined): Evidence[] {
  if (found.gone !== undefined) return wanted?.gone === undefined ? [{ event: found.gone, pointer: place(found), found: 'deleted' }] : []
  return tellingLeaves(found.leaves, false).flatMap(([path, leaf]) => {
    const own = wanted?.gone === undefined ? wanted?.leaves.get(path) : undefined
    return own && isChanged(own) ? [] : [{ event: leaf.event, pointer: place(found, path), expected: leaf.from, found: leaf.to }]
  })
}

/** What a change comes to, for people: a number by how far it moved. */
function shown({ by, from, to }: Leaf): unknown {
  return by === undefined || typeof from !== 'number' ? to : { from, to }
}

/** Rows without a partner, side by side as far as there are as many: what differs in them, and those that are left over. */
function pairRows(matching: Matching): { missing: Evidence[]; stray: Evidence[] } {
  const left = [...matching.stray]
  const missing = matching.missing.slice(0, MOST_SHOWN).flatMap((wanted): Evidence[] => {
    const at = closest(wanted, left, matching)
    if (at < 0) return [{ pointer: `/${wanted.table.name}`, expected: contents(wanted) }]
    const [found] = left.splice(at, 1) as [NetRow]
    const cells = differences(found, wanted, matching)
    return cells.length ? cells : [{ event: found.event, pointer: place(found), expected: contents(wanted), found: contents(found) }]
  })
  return {
    missing: [...missing, ...matching.missing.slice(MOST_SHOWN).map((row) => ({ pointer: `/${row.table.name}`, expected: contents(row) }))],
    stray: left.map((row) => ({ event: row.gone ?? row.event, pointer: place(row), found: row.gone === undefined ? contents(row) : 'deleted' })),
  }
}

/** The row most like another among the first few of its table; -1 for none. */
function closest(wanted: NetRow, left: readonly NetRow[], matching: Matching): number {
  let best = -1
  let least = Infinity
  for (const [at, row] of left.slice(0, MOST_SHOWN).entries()) {
    if (row.table !== wanted.table || row.origin !== wanted.origin) continue
    const apart = differences(row, wanted, matching).length
    if (apart < least) [best, least] = [at, apart]
  }
  return best
}

function differences(found: NetRow, wanted: NetRow, matching: Matching): Evidence[] {
  const { table: { key } } = wanted
  const paths = [...new Set([...wanted.leaves.keys(), ...found.leaves.keys()])].filter((path) => path !== key).sort()
  return paths.flatMap((path) => {
    const [have, want] = [found.leaves.get(path), wanted.leaves.get(path)]
    if (have && want ? sameSpelling(have, want, path, matching) : (have?.to ?? null) === (want?.to ?? null)) return []
    return [{ event: have?.event ?? found.event, pointer: place(found, path), expected: want?.to ?? null, found: have?.to ?? null }]
  })
}

function contents({ leaves, born, gone }: NetRow): unknown {
  if (gone !== undefined) return 'deleted'
  return Object.fromEntries([...(born ?? []), ...leaves].map(([path, { to }]) => [path, to]))
}
