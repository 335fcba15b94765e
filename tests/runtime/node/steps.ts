/** Steps made in a test, and a memory backend to run them on. */

import type { Topics } from '@motia/runtime/backend.ts'
import type { StepDescriptor } from '@motia/runtime/descriptor.ts'
import type { HttpRequest, HttpResponse } from '@motia/runtime/http.ts'
import { invokeApi, invokeCron, invokeEvent, loadStep } from '@motia/runtime/invoke.ts'
import { MemoryBackend } from '@motia/runtime/memory.ts'

export const TOPICS: Topics = {
  plain: [
    { name: 'One', id: 'One', fifo: false },
    { name: 'Two', id: 'Two', fifo: false },
  ],
  ordered: [{ name: 'Fifo', id: 'Fifo', fifo: true }],
}

export const descriptor = (type: string, more: Partial<StepDescriptor> = {}): StepDescriptor => ({
  id: 'Hello',
  name: 'Hello',
  type,
  file: 'steps/hello.step.ts',
  flows: ['greetings'],
  emits: ['plain', 'ordered', 'lonely'],
  ...more,
})

/** Runs handlers; what they did can be looked up in `backend`. */
export class App {
  readonly backend = new MemoryBackend()
  readonly options = { traceId: 'TRACE-0000001', streams: ['chat', 'live-orders'] }

  async api(module: object, request: Partial<HttpRequest> = {}): Promise<HttpResponse> {
    const whole = {
      method: 'GET',
      path: '/',
      query: '',
      headers: [],
      body: Buffer.alloc(0),
      pathParams: {},
      ...request,
    }
    return invokeApi(loadStep(module, descriptor('api')), whole, this.backend, TOPICS, this.options)
  }

  async event(handler: (...args: any[]) => unknown, data: unknown = {}): Promise<void> {
    await invokeEvent(loadStep({ handler }, descriptor('event')), data, this.backend, TOPICS, this.options)
  }

  async cron(handler: (...args: any[]) => unknown): Promise<void> {
    await invokeCron(loadStep({ handler }, descriptor('cron')), this.backend, TOPICS, this.options)
  }

  /** Run `work` with a context. */
  async inside<T>(work: (context: any) => T | Promise<T>): Promise<T> {
    let result: T
    await this.event(async (_, context) => void (result = await work(context)))
    return result!
  }

  /** The log records: [level, msg]. */
  get told(): unknown[] {
    return this.backend.logs.records.map(({ level, msg }) => [level, msg])
  }
}

export const json = (response: HttpResponse): unknown => JSON.parse(response.body.toString())
