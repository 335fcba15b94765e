/** Adapters of a project, and the file that names them. */

import {
  type BaseStreamItem,
  type CronAdapter,
  type CronLock,
  type CronLockInfo,
  config,
  defineConfig,
  EmitError,
  type Event,
  type EventAdapter,
  MemoryCronAdapter,
  MemoryEventAdapter,
  MemoryStateAdapter,
  MemoryStreamAdapter,
  MotiaError,
  type QueueConfig,
  type StateAdapter,
  type StateItem,
  type StateItemsInput,
  StreamAdapter,
  type SubscriptionHandle,
} from 'motia'
import { z } from 'zod'

export class MyState implements StateAdapter {
  readonly #values = new Map<string, unknown>()

  async get<T>(traceId: string, key: string): Promise<T | null> {
    return (this.#values.get(`${traceId}:${key}`) as T) ?? null
  }
  async set<T>(traceId: string, key: string, value: T): Promise<T> {
    this.#values.set(`${traceId}:${key}`, value)
    return value
  }
  async delete<T>(traceId: string, key: string): Promise<T | null> {
    return this.get<T>(traceId, key)
  }
  async getGroup<T>(_: string): Promise<T[]> {
    return []
  }
  async clear(_: string): Promise<void> {}
  async cleanup(): Promise<void> {}
  async keys(_: string): Promise<string[]> {
    return []
  }
  async traceIds(): Promise<string[]> {
    return []
  }
  async items(input: StateItemsInput): Promise<StateItem[]> {
    return [{ groupId: input.groupId ?? '', key: '', type: 'null', value: null }]
  }
}

export class MyStream<TData> extends StreamAdapter<TData> {
  constructor(streamName: string) {
    super(streamName)
    void this.streamName
  }
  async get(_: string, __: string): Promise<BaseStreamItem<TData> | null> {
    return null
  }
  async set(_: string, id: string, data: TData): Promise<BaseStreamItem<TData>> {
    return { ...data, id }
  }
  async delete(groupId: string, id: string): Promise<BaseStreamItem<TData> | null> {
    return this.get(groupId, id)
  }
  async getGroup(_: string): Promise<BaseStreamItem<TData>[]> {
    return []
  }
}

export class MyEvents implements EventAdapter {
  async emit<TData>(event: Event<TData>): Promise<void> {
    if (!event.topic) throw new EmitError('no topic', { where: 'MyEvents' })
  }
  async subscribe<TData>(
    topic: string,
    stepName: string,
    handler: (event: Event<TData>) => void | Promise<void>,
    options?: QueueConfig,
  ): Promise<SubscriptionHandle> {
    void [handler, options?.maxRetries]
    return { topic, id: stepName, unsubscribe: async () => {} }
  }
  async unsubscribe(_: SubscriptionHandle): Promise<void> {}
  async shutdown(): Promise<void> {}
  async getSubscriptionCount(_: string): Promise<number> {
    return 0
  }
  async listTopics(): Promise<string[]> {
    return []
  }
}

export class MyCron implements CronAdapter {
  async acquireLock(jobName: string, ttl: number): Promise<CronLock | null> {
    return { jobName, lockId: '1', acquiredAt: 0, expiresAt: ttl, instanceId: 'me' }
  }
  async releaseLock(_: CronLock): Promise<void> {}
  async renewLock(_: CronLock, __: number): Promise<boolean> {
    return true
  }
  async isHealthy(): Promise<boolean> {
    return true
  }
  async shutdown(): Promise<void> {}
  async getActiveLocks(): Promise<CronLockInfo[]> {
    return []
  }
}

const contextSchema = z.object({ userId: z.string(), roles: z.array(z.string()).optional() })

export default config({
  adapters: { state: new MyState(), streams: MyStream, events: MyEvents, cron: () => new MyCron() },
  streamAuth: {
    contextSchema: z.toJSONSchema(contextSchema),
    authenticate: async (request) => {
      const token = request.headers['sec-websocket-protocol'] as string | undefined
      const params = new URL(request.url, 'http://localhost').searchParams
      return token ? contextSchema.parse({ userId: params.get('user') }) : null
    },
  },
  plugins: [],
  redis: { useMemoryServer: true },
})

export const ours = defineConfig({
  adapters: {
    state: new MemoryStateAdapter(),
    streams: (name) => new MemoryStreamAdapter(name),
    events: new MemoryEventAdapter(),
    cron: MemoryCronAdapter,
  },
})

// @ts-expect-error a class that lacks methods
export const lacking = config({ adapters: { state: class {} } })

export function explain(error: unknown): string {
  return error instanceof MotiaError ? `${error.what} ${error.where} ${error.allowed} ${error.remedy}` : String(error)
}
