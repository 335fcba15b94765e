/**
 * What a context method returns: a call that happens whether or not the Step awaits it.
 *
 * A call starts at once, in the order in which calls are made. When the handler has returned, the invocation waits for
 * those that have not ended, and tells of the failures that nobody awaited.
 */

export const DRAIN_LIMIT_MS = 10_000

export type OnFailure = (call: string, error: unknown) => void

/** A promise that knows whether anybody has asked for its outcome. */
export class Call<T> extends Promise<T> {
  /** `then` makes plain promises: only the call itself is watched. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  #awaited = false

  get awaited(): boolean {
    return this.#awaited
  }

  override then<A = T, B = never>(
    done?: ((value: T) => A | PromiseLike<A>) | null,
    failed?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#awaited = true
    return super.then(done, failed)
  }

  /** As `then`, without being one who awaits. */
  watch(done: () => void, failed: (reason: unknown) => void): Promise<void> {
    return super.then(done, failed)
  }
}

interface Open {
  readonly name: string
  readonly call: Call<unknown>
  ended: Promise<void>
  failure?: { readonly reason: unknown }
}

/** The calls of one invocation. */
export class Calls {
  readonly #open = new Set<Open>()

  /** A call of `work`, begun now; it rejects with what `work` throws. name: for messages, such as `state.set`. */
  make<T>(name: string, work: () => Promise<T>): Call<T> {
    const call = new Call<T>((resolve) => resolve(work()))
    const open: Open = { name, call, ended: NEVER }
    this.#open.add(open)
    open.ended = call.watch(
      () => void this.#open.delete(open),
      (reason: unknown) => {
        if (call.awaited) this.#open.delete(open)
        else open.failure = { reason } // it may yet be awaited
      },
    )
    return call
  }

  /** Wait `limitMs` at most for the calls that have not ended; tell of failed and late ones that nobody awaited. */
  async drain(onFailure: OnFailure, limitMs = DRAIN_LIMIT_MS): Promise<void> {
    while (this.#open.size) {
      const waiting = [...this.#open]
      await within(limitMs, Promise.all(waiting.map((open) => open.ended)))
      for (const open of waiting) {
        const late = this.#open.delete(open) && !open.failure
        if (open.call.awaited) continue
        if (open.failure) onFailure(open.name, open.failure.reason)
        else if (late) onFailure(open.name, new Error(`not done after ${limitMs / 1000} s`))
      }
      await new Promise(setImmediate) // what waited for these calls may make others
    }
  }
}

const NEVER = new Promise<void>(() => {})

async function within(limitMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise((resolve) => (timer = setTimeout(resolve, limitMs)))
  await Promise.race([work, limit])
  clearTimeout(timer)
}
