/** How a frame ended its episode. */
import type { StopReason } from '../../protocol/event.ts'

export type Ending = {
  readonly reason: StopReason
  /** As typed value and as JSON. */
  readonly answer?: { readonly value: unknown; readonly json: unknown }
  /** Why it cannot be done, where the agent said so. */
  readonly unable?: string
}
