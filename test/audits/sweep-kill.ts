/** A sweep that is killed again and again: its report is, byte for byte, that of one which nobody disturbed. */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { below, type Key, keyOf } from '../../src/core/keyed.ts'
import { openDatabase } from '../../src/store/database.ts'
import { SqliteSweeps } from '../../src/store/sqlite-sweeps.ts'

export type SweepKillAudit = {
  readonly wrong: string[]
  readonly kills: number
  /** Sweeps that were brought to their end. */
  readonly sweeps: number
  /** Kills that found some episodes played and others not. */
  readonly midway: number
  readonly episodes: number
}

const LAUNCH = join(import.meta.dirname, '../../src/cli/launch.js')
const FILES = ['report.json', 'report.html', 'episodes.csv'] as const
/** Real time between two looks at how far a sweep is. */
const LOOK_MS = 30

/** When a life ends: so many milliseconds after a number of episodes is kept. */
type Moment = { readonly kept: number; readonly ms: number }

function argumentsOf(folder: string, seeds: number): string[] {
  return [LAUNCH, 'sweep', '--name', 'killed', '--policy', 'oracle,naive,random,noop', '--scenario', 'retail,support-team', '--seeds', String(seeds), '--dynamics', 'clean,flaky', '--repeats', '2', '--stop', '0.05', '-o', folder]
}

/** Runs the sweep until it ends, or until a moment. */
async function life(folder: string, seeds: number, moment?: Moment): Promise<'ended' | 'killed'> {
  const child = spawn(process.execPath, argumentsOf(folder, seeds), { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => { said += chunk.toString() })
  let over = false
  const ended = new Promise<number | null>((resolve) => { child.once('exit', (code) => { over = true; resolve(code) }) })
  if (moment) {
    while (!over && keptIn(folder).done < moment.kept) await sleep(LOOK_MS)
    await Promise.race([ended, sleep(moment.ms)])
    if (!over) {
      child.kill('SIGKILL')
      await ended
      return 'killed'
    }
  }
  const code = await ended
  if (code !== 0) throw new Error(`the sweep ended with ${code}: ${said}`)
  return 'ended'
}

/**
 * A random moment of what is left: sometimes before anything is played, sometimes when the reports are written.
 * Undefined where everything is played and this life may write them in peace.
 */
function momentOf(key: Key, done: number, whole: number): Moment | undefined {
  const at = below(key, 100)
  if (done >= whole) return at < 50 ? undefined : { kept: 0, ms: below(key, 2500, 1) }
  if (at < 10) return { kept: 0, ms: below(key, 1500, 1) }
  if (at >= 85) return { kept: whole, ms: below(key, 600, 1) }
  return { kept: done + Math.ceil(((whole - done) * (at - 9)) / 75), ms: below(key, 100, 1) }
}

function filesOf(folder: string): string[] {
  return FILES.map((name) => readFileSync(join(folder, name), 'utf8'))
}

/** Episodes that are kept, and what is planned; nothing where the database was not even made. */
export function keptIn(folder: string): { done: number; planned: number } {
  const path = join(folder, 'sweep.sqlite')
  if (!existsSync(path)) return { done: 0, planned: 0 }
  const database = openDatabase(path)
  try {
    const store = new SqliteSweeps(database)
    const [sweep] = store.list()
    return sweep ? store.counts(sweep.id) : { done: 0, planned: 0 }
  } finally {
    database.close()
  }
}

/** Kills sweeps at so many moments; `name` chooses the moments. */
export async function auditSweepKill(moments: number, name: string, seeds = 60, progress: (done: number, of: number) => void = () => {}): Promise<SweepKillAudit> {
  const home = mkdtempSync(join(tmpdir(), 'sweep-kill-'))
  try {
    const calm = join(home, 'calm')
    await life(calm, seeds)
    const [expected, { done: episodes }] = [filesOf(calm), keptIn(calm)]
    const wrong: string[] = []
    let [kills, sweeps, midway] = [0, 0, 0]
    while (kills < moments) {
      const folder = join(home, `killed-${sweeps}`)
      for (;;) {
        const moment = kills < moments ? momentOf(keyOf([name, kills]), keptIn(folder).done, episodes) : undefined
        if (await life(folder, seeds, moment) === 'ended') break
        kills++
        const { done } = keptIn(folder)
        if (done > 0 && done < episodes) midway++
        progress(kills, moments)
      }
      const found = filesOf(folder)
      FILES.forEach((file, i) => { if (found[i] !== expected[i]) wrong.push(`sweep ${sweeps}: ${file} differs`) })
      sweeps++
      rmSync(folder, { recursive: true })
    }
    return { wrong, kills, sweeps, midway, episodes }
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}
