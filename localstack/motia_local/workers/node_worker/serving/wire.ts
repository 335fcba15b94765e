/** A response as the bytes of HTTP/1.1. */

import type { HttpResponse } from '@motia/runtime/http.ts'
import { STATUS_CODES } from 'node:http'

const SMALL = 8 * 1024 // bytes of a body; a text of that length is sent sooner than made into bytes

/** Makes responses; the date is made once a second. */
export class Writer {
  #second = -1
  #date = ''

  /** Head and body, of which a text is Latin-1. close: say that the connection ends. */
  encode(response: HttpResponse, close: boolean): Buffer | string {
    const now = Math.floor(Date.now() / 1000)
    if (now !== this.#second) {
      this.#second = now
      this.#date = new Date(now * 1000).toUTCString() // RFC 9110, section 5.6.7, is what ECMAScript prescribes too
    }
    const { status, headers, body } = response
    let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\ndate: ${this.#date}\r\n`
    let sized = status === 204 || status === 304
    for (const [name, value] of headers) {
      text += `${name}: ${value}\r\n`
      sized ||= name === 'content-length'
    }
    if (!sized) text += `content-length: ${body.length}\r\n`
    text += close ? 'connection: close\r\n\r\n' : '\r\n'
    if (body.length < SMALL) return text + body.toString('latin1')
    return Buffer.concat([Buffer.from(text, 'latin1'), body])
  }
}
