/** The addresses of what can be read about an episode. */

export const RESOURCES = {
  instruction: { title: 'Instruction', mimeType: 'text/plain', about: 'What the acting agent was told at the start.' },
  rules: { title: 'Rules', mimeType: 'text/plain', about: 'Rules that hold while the task is worked on.' },
  state: { title: 'State', mimeType: 'application/json', about: 'How the episode stands: task, seq, clock, budgets, whether it has ended.' },
  transcript: { title: 'Transcript', mimeType: 'application/json', about: 'What the player did and was answered so far.' },
  verdict: { title: 'Verdict', mimeType: 'application/json', about: 'How the episode was judged; there is one after its end.' },
} as const

export type ResourceName = keyof typeof RESOURCES

/** `gym://episode/{id}/state` and its like. */
export function resourceOf(episode: string, name: ResourceName): string {
  return `gym://episode/${episode}/${name}`
}

/** The template of all of them. */
export const RESOURCE_TEMPLATE = 'gym://episode/{episode}/{resource}'

/** Stands for the episode of the connection, whatever id it has in this process. */
export const CURRENT = 'current'

/** What an address names; undefined for any other. */
export function readAddress(uri: string): { readonly episode: string; readonly name: ResourceName } | undefined {
  const [, episode, name] = /^gym:\/\/episode\/([0-9a-f]{32}|current)\/([a-z]+)$/.exec(uri) ?? []
  return episode !== undefined && name !== undefined && Object.hasOwn(RESOURCES, name) ? { episode, name: name as ResourceName } : undefined
}
