/** Policies that try to be paid for nothing in particular. */
import type { Episode } from '../episode/episode.ts'
import { callAction, finishAction } from '../episode/witness-step.ts'
import type { Policy } from '../policy/policy.ts'
import { noop, random } from '../policy/trivial.ts'

/** Answers with the instruction itself, where the answer is text. */
function answerWithPrompt(episode: Episode): Policy {
  const { answer } = episode.task.template
  const json = answer?.isText ? episode.task.instruction : answer ? [] : undefined
  let tried = false
  return {
    act() {
      // An answer of another type is refused once; then the plain text is all there is left to try.
      if (tried) return { content: episode.task.instruction }
      tried = true
      return finishAction(json === undefined ? undefined : { json })
    },
  }
}

/** Answers with every id-like word it can see. */
function dumpEveryId(episode: Episode): Policy {
  const { answer } = episode.task.template
  const words = episode.task.instruction.match(/[#\w@.+-]{3,}/g) ?? []
  let tried = false
  return {
    act() {
      if (tried || !answer) return finishAction(undefined)
      tried = true
      return finishAction({ json: answer.isText ? words.join(' ') : words })
    },
  }
}

/** Makes one random call again and again. */
function repeatLast(episode: Episode): Policy {
  const one = random(episode, episode.identity.seed).act(episode.observation)
  return { act: () => (episode.seq < 5 ? one : callAction('finish', {})) }
}

/** Says to the user whatever it reads, the instruction first; without a user it ends at once. */
function echo(episode: Episode): Policy {
  if (!episode.task.template.user) return noop(episode)
  return { act: ({ messages }) => ({ content: messages.map(({ content }) => content).join('\n') }) }
}

/** By name, like the built-in policies. */
export const attackers: Readonly<Record<string, (episode: Episode) => Policy>> = {
  'answer-with-the-prompt': answerWithPrompt,
  'dump-every-id': dumpEveryId,
  'repeat-last': repeatLast,
  echo,
}
