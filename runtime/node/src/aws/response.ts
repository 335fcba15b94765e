/** What a service has answered, or why there is no answer. */

import { CloudError } from '../errors.ts'

/** headers: by lower-case name, repeated ones joined by a comma. body: without its transfer coding. */
export interface Response {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** Why there is no complete answer. */
export type Loss = 'connect' | 'timeout' | 'closed' | 'protocol' | 'too-large' | 'tls'

/** There is no complete answer. retryable: trying again may help. nothingReceived: not one byte of an answer came. */
export class TransportError extends CloudError {
  static {
    Object.defineProperty(this.prototype, 'name', { value: 'TransportError' })
  }

  readonly kind: Loss
  readonly retryable: boolean
  readonly nothingReceived: boolean

  constructor(what: string, kind: Loss, nothingReceived = false, cause?: unknown) {
    super(what)
    this.kind = kind
    this.retryable = kind !== 'too-large' && kind !== 'tls'
    this.nothingReceived = nothingReceived
    if (cause !== undefined) this.cause = cause
  }
}
