/** How much of something there may be, so that a handler in a loop cannot flood the server. */

const LOG_BURST = 10_000 // records a worker may log at once ...
const LOG_RATE = 2_000 // ... and per second after that; the rest is counted and dropped

/** How many of something there may still be: `burst` at once, `rate` more per second. */
export class Budget {
  dropped = 0
  #left: number
  #filledAt = performance.now()

  constructor(
    private readonly burst: number,
    private readonly rate: number,
  ) {
    this.#left = burst
  }

  /** Whether there may be one more. */
  take(): boolean {
    if (this.#left < 1) {
      const now = performance.now()
      this.#left = Math.min(this.burst, this.#left + ((now - this.#filledAt) / 1000) * this.rate)
      this.#filledAt = now
      if (this.#left < 1) {
        this.dropped += 1
        return false
      }
    }
    this.#left -= 1
    return true
  }
}

/** How many records a worker may still send; one for all of its invocations. */
export class LogBudget extends Budget {
  constructor() {
    super(LOG_BURST, LOG_RATE)
  }
}
