/** That this worker is alive, in memory its watchdog sees: timers of the main thread count, faster while something runs. */

import { monotonicMs } from './progress.ts'

const AWAKE = 0 // 1 while something runs
const TICKS = 1 // turns of the main thread's timer
const LOADING = 2 // how many imports are going on, which block for as long as they take
const PATIENT = 3 // 1 when somebody looks at a breakpoint: only the server's end matters
const ONLY = 4 // number of the one run at work, 0 when there is none, or several
const UNTIL = 3 // of 64-bit numbers: when the time of the last run at work is over, in monotonic milliseconds
const SIZE = 32 // bytes
const TICK_MS = 100
const IDLE_TICK_MS = 500

const MOMENT_S = 0.01

/** The main thread's side. */
export class Pulse {
  readonly memory = new SharedArrayBuffer(SIZE)
  readonly #numbers = new Int32Array(this.memory)
  readonly #times = new Float64Array(this.memory)
  #beat: () => boolean = () => false
  #timer: NodeJS.Timeout | undefined

  constructor() {
    setInterval(() => this.#count(), IDLE_TICK_MS).unref()
  }

  /** Something is about to run. beat: called every tenth of a second; what it says is whether something still does. */
  begin(beat: () => boolean): void {
    if (this.#timer !== undefined) return
    this.#beat = beat
    this.#timer = setInterval(() => this.#tick(), TICK_MS)
    this.#wake()
  }

  /** Note how many runs are at work: what is known of them when their code cannot be asked. */
  running(count: number, number: number, leftMs: number): void {
    Atomics.store(this.#numbers, ONLY, count === 1 ? number : 0)
    const until = monotonicMs() + leftMs
    if (count === 1 || until > this.#times[UNTIL]!) this.#times[UNTIL] = until
  }

  /** Note that files are imported, or that it is done. */
  loading(on: boolean): void {
    Atomics.add(this.#numbers, LOADING, on ? 1 : -1)
    if (on) this.#wake()
    else this.#rest()
  }

  /** Somebody looks at a breakpoint, now or later. */
  bePatient(): void {
    Atomics.store(this.#numbers, PATIENT, 1)
  }

  #count(): void {
    Atomics.add(this.#numbers, TICKS, 1)
  }

  #tick(): void {
    this.#count()
    if (this.#beat()) return
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#rest()
  }

  #wake(): void {
    this.#count()
    Atomics.store(this.#numbers, AWAKE, 1)
    Atomics.notify(this.#numbers, AWAKE)
  }

  #rest(): void {
    const busy = this.#timer !== undefined || Atomics.load(this.#numbers, LOADING) > 0
    Atomics.store(this.#numbers, AWAKE, Number(busy))
  }
}

/** The watchdog's side. */
export class PulseView {
  readonly #numbers: Int32Array
  readonly #times: Float64Array

  constructor(memory: SharedArrayBuffer) {
    this.#numbers = new Int32Array(memory)
    this.#times = new Float64Array(memory)
  }

  /** The one run at work, null when there are several. */
  get only(): number | null {
    return Atomics.load(this.#numbers, ONLY) || null
  }

  /** Seconds until the time of all runs is over. */
  get left(): number {
    return Math.max(MOMENT_S, (this.#times[UNTIL]! - monotonicMs()) / 1000)
  }

  get awake(): boolean {
    return Atomics.load(this.#numbers, AWAKE) === 1
  }

  get ticks(): number {
    return Atomics.load(this.#numbers, TICKS)
  }

  get loading(): boolean {
    return Atomics.load(this.#numbers, LOADING) > 0
  }

  get patient(): boolean {
    return Atomics.load(this.#numbers, PATIENT) === 1
  }

  /** Wait until something runs, at most `ms`. */
  sleep(ms: number): void {
    Atomics.wait(this.#numbers, AWAKE, 0, ms)
  }
}
