/** `context.emit`: one event becomes one message for each subscriber, or an EmitError and no message at all. */

import type { EventPublisher, Message, Subscriber, Topics, TraceSink } from './backend.ts'
import type { Call, Calls } from './calls.ts'
import type { StepDescriptor } from './descriptor.ts'
import { EmitError } from './errors.ts'
import { newId } from './ids.ts'
import { jsonable } from './jsonable.ts'
import { kindOf, quoted, shown } from './kinds.ts'
import { printable } from './printable.ts'

/** Emit `{topic, data, messageGroupId?}`; done when every message is durable. */
export type Emitter = (event: unknown) => Call<void>

// Amazon SQS API reference, SendMessage, MessageGroupId: 1 to 128 alphanumeric characters and punctuation
const GROUP_ID = /^[!-~]{1,128}$/

/** Sends what one invocation of a Step emits. */
export function emitter(
  step: StepDescriptor,
  topics: Topics,
  traceId: string,
  events: EventPublisher,
  calls: Calls,
  trace: TraceSink | undefined,
): Emitter {
  const note = (event: unknown, success: boolean): void => {
    if (!trace) return
    const { topic, data } = isObject(event) ? event : { topic: undefined, data: event }
    trace.add({ type: 'emit', timestamp: Date.now(), topic: printable(topic), success, data: printable(data) })
  }
  const emit = async (event: unknown): Promise<void> => {
    try {
      const messages = makeMessages(event, step, topics, traceId)
      if (messages.length) await events.publish(messages)
    } catch (error) {
      note(event, false)
      throw error
    }
    note(event, true)
  }
  return (event) => calls.make('emit', () => emit(event))
}

/** The messages of one emit by `step`; EmitError when it breaks a rule. An empty array: nobody subscribes. */
export function makeMessages(event: unknown, step: StepDescriptor, topics: Topics, traceId: string): Message[] {
  const where = `Step ${quoted(step.name)} (${step.file})`
  if (!isObject(event) || typeof event.topic !== 'string' || !event.topic) {
    const allowed = '{ topic: a string, data: ..., messageGroupId: ... }'
    throw new EmitError(`emit got ${shown(event)}`, { where, allowed })
  }
  const { topic, messageGroupId } = event
  if (!step.emits.includes(topic)) {
    throw new EmitError(`the topic ${quoted(topic)} is not declared`, {
      where,
      allowed: step.emits.join(', ') || 'no topic: `emits` is empty',
      remedy: "add it to `emits` in the Step's config",
    })
  }
  const subscribers = Object.hasOwn(topics, topic) ? topics[topic]! : []
  if (messageGroupId === undefined || messageGroupId === null) {
    needNoGroup(topic, subscribers, where)
  } else if (typeof messageGroupId !== 'string' || !GROUP_ID.test(messageGroupId)) {
    const found = typeof messageGroupId === 'string' ? quoted(messageGroupId) : kindOf(messageGroupId)
    const allowed = 'a string of 1 to 128 letters, digits and punctuation characters of ASCII, no spaces'
    throw new EmitError(`the messageGroupId is ${found}`, { where, allowed })
  }
  const groupId = typeof messageGroupId === 'string' ? messageGroupId : undefined
  const data = jsonable(event.data, 'data', EmitError, `${where}, topic ${quoted(topic)}`)
  const dedupId = newId()
  return subscribers.map((subscriber) => ({ subscriber, topic, data, traceId, flows: step.flows, groupId, dedupId }))
}

function needNoGroup(topic: string, subscribers: readonly Subscriber[], where: string): void {
  const fifo = subscribers.filter((subscriber) => subscriber.fifo).map((subscriber) => quoted(subscriber.name))
  if (!fifo.length) return
  throw new EmitError(
    `the topic ${quoted(topic)} has a FIFO subscriber, ${fifo.join(', ')}, and the event no messageGroupId`,
    {
      where,
      allowed: 'events of one messageGroupId are handled in order',
      remedy: "pass { topic: ..., data: ..., messageGroupId: '...' }",
    },
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
