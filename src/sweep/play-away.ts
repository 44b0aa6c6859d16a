/** Plays an episode of a sweep by whoever has to be asked outside: an endpoint, by its name. */
import type { Action } from '../../protocol/action.ts'
import type { Episode } from '../episode/episode.ts'
import { Cast } from '../policy/cast.ts'
import { ChatHistory } from '../policy/chat-history.ts'

/** Asks the endpoint of a name what a frame does next, given what the frame has seen and said. */
export type Ask = (endpoint: string, history: ChatHistory) => Promise<Action>

/** Plays to the end: the learner's frames by one endpoint, the others as the episode says. @throws what `ask` throws */
export async function playAway(episode: Episode, endpoint: string, ask: Ask): Promise<void> {
  const cast = Cast.for(episode)
  const histories = new Map<string, ChatHistory>()
  for (;;) {
    while (cast && !cast.isTrainers) {
      const asked = cast.turn()
      if (asked) cast.answer(asked.path, await ask(asked.player.endpoint ?? '', asked.history))
    }
    if (episode.ended) return
    const { path } = episode.due
    let history = histories.get(path)
    if (!history) histories.set(path, (history = new ChatHistory()))
    history.see(episode.observation)
    const action = await ask(endpoint, history)
    history.say(action)
    episode.step(action)
  }
}
