/** The report on generation: each thing that must hold is seen when it does not. */
import t from 'tap'
import { reportOn, holds, type Admitted, type Measured } from '../../src/audit/generation-report.ts'
import { writePage } from '../../src/audit/generation-page.ts'
import { figuresOf } from '../../src/audit/generation-figures.ts'
import { MEASURES } from '../../src/audit/difficulty.ts'
import type { Drawn, DrawRecord } from '../../src/audit/draw-record.ts'
import { readXml } from '../read-xml.ts'

const PATTERNS = ['single', 'orchestrator-workers', 'hierarchy', 'pipeline', 'router', 'map-merge', 'planner-executor', 'evaluator-optimizer', 'blackboard', 'hand-off']
const WORDS = ['loan', 'book', 'card', 'desk', 'fine', 'shelf', 'title', 'reader', 'branch', 'copy', 'hold', 'stack', 'clerk', 'stamp', 'cover', 'spine', 'page', 'index', 'audit', 'plan']

function textOf(i: number): string {
  return Array.from({ length: 8 }, (_, k) => WORDS[(i * 7 + k * k * (i % 11) + k * 3) % WORDS.length]! + String((i * (k + 3)) % 97)).join(' ')
}

function drawnAt(i: number): Drawn {
  const split = (['train', 'validation', 'test'] as const)[i % 3]!
  return {
    theme: `theme-${split}`, split, pattern: PATTERNS[i % 10]!, agents: 1 + (i % 64), levels: 1, family: i % 2 ? 'state' : 'question', instruction: textOf(i), writes: 1, hash: `h${i}`,
    digests: { scenario: `s${i}`, schema: `c${i}`, operators: `o${i}`, tools: `t${i}`, hierarchy: `f${i}`, plan: `p${i % 9}` },
    paid: { alone: 1, team: 1, robust: 1 }, trivial: { noop: 0, random: 0 }, minimal: 'proven',
  }
}

const records: DrawRecord[] = Array.from({ length: 1000 }, (_, i) => ({ index: i, seed: i * 13, rejections: [], drawn: drawnAt(i) }))
const falling: Measured = MEASURES.map(({ levels }) => levels.map((_, k) => Array.from({ length: 20 }, (__, i) => Number(i >= (k + 1) * 2))))
const admitted: Admitted = { scenarios: 300, templates: 2000, left: [{ seed: 1, task: 'new_loan', found: 'draws: 17 of 20' }], lost: [] }
const again = records.slice(0, 5)

function changed(index: number, change: (drawn: Drawn) => Partial<Drawn>): DrawRecord[] {
  return records.map((record) => (record.index === index ? { ...record, drawn: { ...record.drawn!, ...change(record.drawn!) } } : record))
}

function broken(of: Partial<{ records: DrawRecord[]; again: DrawRecord[]; measured: Measured; admitted: Admitted }>): string[] {
  const report = reportOn(of.records ?? records, of.again ?? again, of.measured ?? falling, of.admitted ?? admitted)
  return report.held.filter(({ ok, told }) => !ok && !told).map(({ about }) => about)
}

t.test('where all is well, all holds', async (t) => {
  t.same(broken({}), [])
  t.equal(holds(reportOn(records, again, falling, admitted)), true)
})

t.test('each fault is seen', async (t) => {
  t.match(broken({ records: records.map((record) => (record.index === 3 ? { index: 3, seed: 39, rejections: ['trivial'] } : record)), again: [] }), [/seeds that give/])
  t.match(broken({ admitted: { ...admitted, lost: [5] } }), [/what a file of them holds/])
  t.match(broken({ admitted: { ...admitted, left: Array.from({ length: 30 }, (_, seed) => ({ seed, task: 'x', found: '' })) } }), [/files leave out/])
  t.match(broken({ records: records.map((record) => ({ ...record, rejections: record.index % 10 ? [] : ['witness'] })), again: [] }), [/drafts refused/])
  t.match(broken({ records: changed(9, ({ paid }) => ({ paid: { ...paid, alone: 0.5 } })) }), [/by one agent/])
  t.match(broken({ records: changed(9, ({ paid }) => ({ paid: { ...paid, team: null } })) }), [/through the team/])
  t.match(broken({ records: changed(9, ({ paid }) => ({ paid: { ...paid, robust: 0 } })) }), [/robust oracle/])
  t.match(broken({ records: records.map((record) => (record.index % 16 === 1 ? { ...record, drawn: { ...record.drawn!, trivial: { noop: 1 } } } : record)), again: [] }), [/does not do the task/])
  t.match(broken({ records: changed(9, () => ({ minimal: 'refuted' })) }), [/shorter one/])
  t.match(broken({ again: [{ ...records[4]!, drawn: { ...records[4]!.drawn!, hash: 'other' } }] }), [/another thread/])
  t.match(broken({ records: records.map((record) => ({ ...record, drawn: { ...record.drawn!, digests: { ...record.drawn!.digests, hierarchy: `f${record.index % 99}` } } })), again: [] }), [/hierarchy shapes/])
  t.match(broken({ records: records.map((record) => ({ ...record, drawn: { ...record.drawn!, agents: Math.min(63, record.drawn!.agents) } })), again: [] }), [/agents of a team/])
  t.match(broken({ records: records.map((record) => ({ ...record, drawn: { ...record.drawn!, pattern: PATTERNS[record.index % 9]! } })), again: [] }), [/patterns/])
  t.match(broken({ records: records.map((record) => ({ ...record, drawn: { ...record.drawn!, instruction: textOf(record.index % 980) } })), again: [] }), [/nearly repeat/])
  t.match(broken({ records: changed(9, () => ({ theme: 'theme-test' })) }), [/themes in more/])
  t.match(broken({ records: changed(9, ({ digests }) => ({ digests: { ...digests, schema: 'c10' } })) }), [/schema shapes in more/])
  t.match(broken({ records: changed(9, ({ digests }) => ({ digests: { ...digests, operators: 'o10' } })) }), [/operators in more/])
  for (const [i, { axis }] of MEASURES.entries()) t.match(broken({ measured: falling.map((levels, k) => (k === i ? levels.toReversed() : levels)) }), [new RegExp(`falls with ${axis}`)])
})

t.test('with few draws, luck is told and not held against anybody', async (t) => {
  const few = reportOn(records.slice(0, 40), [], falling.map((levels) => levels.toReversed()), admitted)
  t.equal(holds(few), true)
  t.ok(few.held.filter(({ told, ok }) => told && !ok).length >= MEASURES.length)
})

t.test('page and plots', async (t) => {
  const report = reportOn(records, again, falling, admitted)
  const figures = figuresOf(report)
  t.same(Object.keys(figures), ['difficulty.svg', 'diversity.svg', 'teams.svg', 'requests.svg'])
  for (const svg of Object.values(figures)) t.doesNotThrow(() => readXml(svg))
  t.same(figuresOf(report), figures)
  const page = writePage(report, figures, { draws: 1000, p50: 20, p90: 40, p99: 90, threads: 2 })
  t.match(page, /All that must hold does/)
  t.match(page, /median 20 ms, p90 40 ms, p99 90 ms/)
  t.notMatch(page, /undefined|NaN/)
})
