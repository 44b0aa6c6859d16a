/** A person at the terminal as a player: shows the tools, reads a line, asks again when it makes no sense. */
import { createInterface } from 'node:readline'
import type { Action } from '../../protocol/action.ts'
import type { ToolSchema } from '../../protocol/observation.ts'
import type { Episode } from '../episode/episode.ts'
import { harmless, painter } from '../record/paint.ts'
import { note } from './print.ts'
import { readTyped } from './typed-action.ts'

const HELP = `Write one call a line:
  find_customer email=ada@example.com     name=value, quotes around spaces
  {"tool_calls": [{"name": "…", "arguments": {…}}]}   a whole action in JSON, also several calls
  finish answer=…                         ends the episode with an answer
  say TEXT                                a message without a call; a simulated user answers it
  tools    help    quit`

function describe({ name, description, input_schema }: ToolSchema, colour: boolean): string {
  const paint = painter(colour)
  const required = new Set((input_schema.required ?? []) as string[])
  const properties = Object.entries((input_schema.properties ?? {}) as Record<string, { type?: unknown }>)
  const inputs = properties.map(([key, { type }]) => `${key}${required.has(key) ? '' : '?'}:${[type].flat().join('|')}`).join(' ')
  return `  ${paint('bold', name)} ${inputs}\n      ${paint('dim', harmless(description.split('\n')[0]!))}`
}

type Lines = { next(): Promise<string | null>; close(): void }

/** Lines of stdin; null at its end. Without a terminal (a pipe) there is no prompt. */
function openLines(): Lines {
  const terminal = process.stdin.isTTY === true
  const reader = createInterface({ input: process.stdin, ...(terminal && { output: process.stderr }), prompt: '> ' })
  const lines = reader[Symbol.asyncIterator]()
  return {
    async next() {
      if (terminal) reader.prompt()
      const { value, done } = await lines.next()
      return done ? null : value
    },
    // An open pipe would keep the process from ending.
    close() {
      reader.close()
      process.stdin.destroy()
    },
  }
}

/** Makes a player of the person at the terminal; null ends the game. */
export function askPerson(colour: boolean): { act(episode: Episode): Promise<Action | null>; close(): void } {
  let input: Lines | undefined
  let tools: readonly ToolSchema[] = []
  const listTools = (): void => note(tools.map((tool) => describe(tool, colour)).join('\n'))

  const act = async (episode: Episode): Promise<Action | null> => {
    tools = episode.observation.tools ?? tools
    if (!input) {
      input = openLines()
      listTools()
      note(`\n${HELP}\n`)
    }
    for (;;) {
      const line = (await input.next())?.trim()
      if (line === undefined || line === 'quit' || line === 'exit') return null
      if (line === '') continue
      if (line === 'tools') listTools()
      else if (line === 'help') note(HELP)
      else {
        const typed = readTyped(line, tools)
        if ('action' in typed) return typed.action
        note(typed.hint)
      }
    }
  }
  return { act, close: () => input?.close() }
}
