/** Rows of tasks as files that trainers load: JSON lines, or Parquet with structures as JSON text. */
import { writeFileSync } from 'node:fs'
import { parquetWriteBuffer } from 'hyparquet-writer'
import type { TaskRow } from '../../protocol/methods.ts'

/** One JSON object a line. */
export function writeJsonLines(file: string, rows: readonly TaskRow[]): void {
  writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
}

const TEXTS = ['scenario', 'task', 'split', 'group'] as const
const STRUCTURES = ['prompt', 'tools', 'difficulty', 'tags'] as const

/** A column for each part of a row; seeds are 64-bit integers. */
export function writeParquet(file: string, rows: readonly TaskRow[]): void {
  const bytes = parquetWriteBuffer({
    columnData: [
      ...TEXTS.map((name) => ({ name, type: 'STRING' as const, data: rows.map((row) => row[name]) })),
      { name: 'seed', type: 'INT64' as const, data: rows.map(({ seed }) => BigInt(seed)) },
      ...STRUCTURES.filter((name) => rows.some((row) => row[name] !== undefined)).map((name) => ({ name, type: 'STRING' as const, data: rows.map((row) => JSON.stringify(row[name] ?? null)) })),
    ],
  })
  writeFileSync(file, new Uint8Array(bytes))
}
