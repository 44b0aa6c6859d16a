/** Specifications that tests register: the small shop under other names, and broken in chosen ways. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export const SHOP = readFileSync(join(import.meta.dirname, '../fixtures/shop.yaml'), 'utf8')

/** The shop under another name. */
export function kiosk(name = 'kiosk', change: (text: string) => string = (text) => text): string {
  return change(SHOP.replace('kind: Scenario\nname: shop', `kind: Scenario\nname: ${name}`).replace('title: A small shop', 'title: A kiosk at the station'))
}

/** One that takes its time: many templates. */
export function slowKiosk(name: string, templates: number): string {
  const [head, tasks] = kiosk(name).split('tasks:\n') as [string, string]
  const copies = Array.from({ length: templates }, (_, i) => tasks.trimEnd().replace('note_on_order:', `note_${i}:`).replace('order_total:', `total_${i}:`))
  return `${head}tasks:\n${copies.join('\n')}\n`
}
